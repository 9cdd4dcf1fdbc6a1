from typing import ClassVar

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    # A transaction of its own: the rows are looked at under a lock that stops nobody.
    dependencies: ClassVar = [("users", "0005_proposals_of_decisions")]

    operations: ClassVar = [
        ValidateConstraint("proposal", "users_proposal_says_what"),
    ]

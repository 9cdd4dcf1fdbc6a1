from typing import ClassVar

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    # A transaction of its own after 0008: the rows are looked at under a lock that stops nobody.
    dependencies: ClassVar = [("payments", "0008_paybill")]

    operations: ClassVar = [
        ValidateConstraint("suspensecase", "payments_suspense_decided"),
    ]

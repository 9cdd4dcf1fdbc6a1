from typing import ClassVar

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    # A transaction of its own: the rows are looked at under a lock that stops nobody.
    dependencies: ClassVar = [("wallet", "0003_debt_account")]

    operations: ClassVar = [
        ValidateConstraint("ledgeraccount", "wallet_account_of_kind"),
    ]

from typing import ClassVar

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    # A transaction of its own: the rows are looked at under a lock that stops nobody.
    dependencies: ClassVar = [("payments", "0013_case_decisions")]

    operations: ClassVar = [
        ValidateConstraint("reversal", "payments_reversal_subject"),
        ValidateConstraint("suspensecase", "payments_suspense_decision"),
        ValidateConstraint("suspensecase", "payments_suspense_corrected"),
    ]

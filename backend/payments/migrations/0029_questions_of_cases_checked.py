from typing import ClassVar

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Check the wider constraint on why a question was asked, while rows are written."""

    dependencies: ClassVar = [("payments", "0028_questions_of_cases")]

    operations: ClassVar = [ValidateConstraint("transactionquery", "payments_txnquery_reason")]

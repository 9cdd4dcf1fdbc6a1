from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently: deposits go on being made while the index of a large table is built.
    atomic = False

    dependencies = [("payments", "0003_history")]

    operations = [
        AddIndexConcurrently(
            model_name="transaction",
            index=models.Index(fields=["phone_number", "-created_at"], name="payments_phone_history"),
        ),
    ]

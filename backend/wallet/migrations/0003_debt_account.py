from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wallet', '0002_posting_view'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='ledgeraccount',
            name='wallet_account_kind',
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='kind',
            field=models.CharField(choices=[('customer', 'Customer'), ('clearing', 'Clearing'), ('suspense', 'Suspense'), ('debt', 'Debt')], max_length=8),
        ),
        AddConstraintNotValid(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('balance__isnull', False), ('kind', 'customer'), ('user__isnull', False)), models.Q(('balance__isnull', True), ('kind__in', ['clearing', 'suspense', 'debt']), ('user__isnull', True)), _connector='OR'), name='wallet_account_of_kind'),
        ),
    ]

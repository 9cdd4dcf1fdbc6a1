import common.guards
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0004_rights_history'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='proposal',
            name='proposed_stays',
        ),
        migrations.AddField(
            model_name='proposal',
            name='detail',
            field=models.CharField(blank=True, db_default='', max_length=64),
        ),
        migrations.AlterField(
            model_name='proposal',
            name='customer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='proposal',
            name='kind',
            field=models.CharField(choices=[('resolve_case', 'Resolve Case'), ('dismiss_case', 'Dismiss Case'), ('correct_case', 'Correct Case'), ('reverse_credit', 'Reverse Credit')], max_length=32),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='proposed_stays', sql=common.guards.GuardSql(condition='WHEN (((NEW.id, NEW.kind, NEW.subject_id, NEW.customer_id, NEW.detail, NEW.proposed_by_id, NEW.proposed_at, NEW.reason) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.subject_id, OLD.customer_id, OLD.detail, OLD.proposed_by_id, OLD.proposed_at, OLD.reason)))', func="RAISE EXCEPTION 'proposal %: what was proposed never changes', OLD.id USING ERRCODE = 'restrict_violation';", hash='1bdded8783940e52d117816a7f8ce497ef3f4cd1', operation='UPDATE', pgid='pgtrigger_proposed_stays_792e3', table='users_proposal', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('customer__isnull', False), ('detail', ''), ('kind', 'resolve_case')), models.Q(models.Q(('kind', 'resolve_case'), _negated=True), ('customer__isnull', True), models.Q(('detail', ''), _negated=True)), _connector='OR'), name='users_proposal_says_what'),
        ),
    ]

# Two operators for what one must not do alone, and histories of passwords and rights.

import common.guards
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        ('users', '0002_history_context'),
    ]

    operations = [
        migrations.CreateModel(
            name='PasswordHistory',
            fields=[
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('session_epoch', models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                ('pgh_context', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='session_epoch_events', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('resolve_case', 'Resolve Case')], max_length=32)),
                ('subject_id', models.BigIntegerField()),
                ('proposed_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=255)),
                ('status', models.CharField(choices=[('OPEN', 'Open'), ('APPROVED', 'Approved'), ('REJECTED', 'Rejected')], db_default='OPEN', default='OPEN', max_length=8)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.CharField(blank=True, db_default='', max_length=255)),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='RightsHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('table_name', models.CharField(max_length=63)),
                ('operation', models.CharField(max_length=6)),
                ('old_row', models.JSONField(null=True)),
                ('new_row', models.JSONField(null=True)),
                ('context_id', models.UUIDField(null=True)),
                ('database_role', models.CharField(max_length=63)),
            ],
            options={
                'verbose_name': 'change of rights',
                'verbose_name_plural': 'changes of rights',
                'ordering': ['-id'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='phonechange',
            trigger=pgtrigger.compiler.Trigger(name='number_apart', sql=common.guards.GuardSql(condition="WHEN ((NEW.status = 'APPROVED'))", func="\n                    PERFORM 1 FROM users_user WHERE id = NEW.user_id FOR NO KEY UPDATE;\n                    IF EXISTS (\n                        SELECT 1 FROM users_passwordhistory AS history\n                          JOIN pghistory_context AS context ON context.id = history.pgh_context_id\n                         WHERE history.pgh_obj_id = NEW.user_id\n                           AND context.metadata ->> 'operator' = NEW.decided_by_id::text\n                        UNION ALL\n                        SELECT 1 FROM users_userhistory AS history\n                          JOIN pghistory_context AS context ON context.id = history.pgh_context_id\n                         WHERE history.pgh_obj_id = NEW.user_id AND history.pgh_label = 'insert'\n                           AND context.metadata ->> 'operator' = NEW.decided_by_id::text\n                    ) THEN\n                        RAISE EXCEPTION\n                            'phone change %: who set the password approves no number', NEW.id\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='c5cb4829d8044d3ed2a6ad43cafe04a5851397aa', operation='UPDATE', pgid='pgtrigger_number_apart_39035', table='users_phonechange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='password_update', sql=common.guards.GuardSql(condition='WHEN (OLD."password" IS DISTINCT FROM (NEW."password"))', func='INSERT INTO "users_passwordhistory" ("pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_epoch") VALUES (CASE WHEN nullif(current_setting(\'pghistory.context_id\', true), \'\') IS NOT NULL THEN _pgh_attach_context() END, NOW(), \'password\', NEW."id", NEW."session_epoch"); RETURN NULL;', hash='97b71bfdc9c7b6f321a26818c0bda59c6a85bb55', operation='UPDATE', pgid='pgtrigger_password_update_386b1', table='users_user', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='user',
            trigger=pgtrigger.compiler.Trigger(name='password_apart', sql=common.guards.GuardSql(condition='WHEN ((OLD."password" IS DISTINCT FROM (NEW."password")))', func="\n            IF EXISTS (SELECT 1 FROM users_phonechange\n                        WHERE user_id = NEW.id AND status = 'APPROVED'\n                          AND decided_by_id = (nullif(current_setting('pghistory.context_metadata', true), '')::jsonb ->> 'operator')::bigint) THEN\n                RAISE EXCEPTION 'user %: the approver of its number sets no password', NEW.id\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='6406364f010d652019ffdb182d8ed8fe95d8268a', operation='UPDATE', pgid='pgtrigger_password_apart_41c84', table='users_user', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rightshistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='305fa8a8b1ad0ca6f62f617e28f93109945419a1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8381f', table='users_rightshistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rightshistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='2ae577053c78630703552fe945dabeab3a79e877', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_c4287', table='users_rightshistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='passwordhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='970f7bc3699dcf4a9b1daf0a8bacf0f831ba90bc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f9d7d', table='users_passwordhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='passwordhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='672993e56d697fe94ff410be350a42e989e378b5', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ed2ff', table='users_passwordhistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'REJECTED'), _negated=True), fields=('kind', 'subject_id'), name='users_proposal_once'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('customer', models.F('proposed_by')), _negated=True), ('reason__regex', '\\S')), name='users_proposal_proposed'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('decision_reason', ''), ('status', 'OPEN')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('decision_reason__regex', '\\S'), ('status__in', ['APPROVED', 'REJECTED'])), _connector='OR'), name='users_proposal_decided'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'APPROVED'), _negated=True), models.Q(models.Q(('decided_by', models.F('proposed_by')), _negated=True), models.Q(('decided_by', models.F('customer')), _negated=True)), _connector='OR'), name='users_proposal_two_operators'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='begins_open', sql=common.guards.GuardSql(condition="WHEN ((NEW.status <> 'OPEN'))", func="RAISE EXCEPTION 'proposal %: it is proposed before it is decided', NEW.id USING ERRCODE = 'restrict_violation';", hash='3efa35f627b98183987e1e04ab4135d26122c8c9', operation='INSERT', pgid='pgtrigger_begins_open_82ae8', table='users_proposal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='decided_stays', sql=common.guards.GuardSql(condition="WHEN ((OLD.status <> 'OPEN'))", func="RAISE EXCEPTION 'proposal %: it is decided once', OLD.id USING ERRCODE = 'restrict_violation';", hash='47a1cdfe3b2c1512d39a6ec5934c2ff1c0504fb4', operation='UPDATE', pgid='pgtrigger_decided_stays_d2b05', table='users_proposal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='proposed_stays', sql=common.guards.GuardSql(condition='WHEN (((NEW.id, NEW.kind, NEW.subject_id, NEW.customer_id, NEW.proposed_by_id, NEW.proposed_at, NEW.reason) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.subject_id, OLD.customer_id, OLD.proposed_by_id, OLD.proposed_at, OLD.reason)))', func="RAISE EXCEPTION 'proposal %: what was proposed never changes', OLD.id USING ERRCODE = 'restrict_violation';", hash='0b5a66e23b9a4111fccf57bdb4ed7c7e55a5dd76', operation='UPDATE', pgid='pgtrigger_proposed_stays_792e3', table='users_proposal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=common.guards.GuardSql(func="RAISE EXCEPTION 'proposal % stays', OLD.id USING ERRCODE = 'restrict_violation';", hash='b6b99e509e473fa86f75787eef5ce3b9309a7a6e', operation='DELETE', pgid='pgtrigger_kept_0fd8d', table='users_proposal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='proposal',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='d19774566771891faf79a4822ca9c8e3478dcec9', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_82ddf', table='users_proposal', when='BEFORE')),
        ),
    ]

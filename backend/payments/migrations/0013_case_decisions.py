import common.guards
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0012_pull'),
        ('users', '0005_proposals_of_decisions'),
        ('wallet', '0003_debt_account'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='reversal',
            name='reversal_is_proven',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='suspensecase',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='suspensecase',
            name='update_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='suspensecase',
            name='decision_is_proven',
        ),
        migrations.AddField(
            model_name='reversal',
            name='case',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='payments.suspensecase'),
        ),
        migrations.AddField(
            model_name='suspensecase',
            name='corrected_amount',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name='suspensecase',
            name='corrected_by',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='suspensecase',
            name='correction_entry',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallet.journalentry'),
        ),
        migrations.AddField(
            model_name='suspensecase',
            name='correction_note',
            field=models.CharField(blank=True, db_default='', max_length=255),
        ),
        migrations.AddField(
            model_name='suspensecase',
            name='decision',
            field=models.CharField(blank=True, choices=[('credited', 'Credited'), ('not_in_books', 'Not In Books'), ('refunded', 'Refunded'), ('belongs_to_deposit', 'Belongs To Deposit')], db_default='', max_length=20),
        ),
        migrations.AddField(
            model_name='suspensecasehistory',
            name='corrected_amount',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name='suspensecasehistory',
            name='correction_note',
            field=models.CharField(blank=True, db_default='', max_length=255),
        ),
        migrations.AddField(
            model_name='suspensecasehistory',
            name='decision',
            field=models.CharField(blank=True, choices=[('credited', 'Credited'), ('not_in_books', 'Not In Books'), ('refunded', 'Refunded'), ('belongs_to_deposit', 'Belongs To Deposit')], db_default='', max_length=20),
        ),
        migrations.AlterField(
            model_name='reversal',
            name='transaction',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversals', to='payments.transaction'),
        ),
        migrations.AlterField(
            model_name='suspensecasehistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='status_reason_amount_resolved_by_resolution_entry_resolution_note_decision_corrected_amount_correction_note_events', to='payments.suspensecase'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reversal',
            trigger=pgtrigger.compiler.Trigger(name='reversal_is_proven', sql=common.guards.GuardSql(func="\nIF NOT EXISTS (\n    SELECT 1 FROM wallet_journalentry AS credited\n      JOIN wallet_journalentry AS back ON back.key = 'reverse:' || credited.key\n       AND back.debit_account_id = credited.credit_account_id AND back.amount = credited.amount\n      JOIN wallet_ledgeraccount AS wallet ON wallet.id = credited.credit_account_id\n      JOIN wallet_ledgeraccount AS target ON target.id = back.credit_account_id\n     WHERE credited.id = NEW.entry_id AND back.id = NEW.reversal_entry_id\n       AND wallet.user_id <> NEW.operator_id AND target.kind = 'clearing'\n       AND (EXISTS (SELECT 1 FROM payments_transaction AS txn\n                     WHERE txn.id = NEW.transaction_id AND txn.credit_entry_id = credited.id)\n            OR EXISTS (SELECT 1 FROM payments_suspensecase AS item\n                        WHERE item.resolution_entry_id = credited.id\n                          AND (item.transaction_id = NEW.transaction_id\n                               OR item.id = NEW.case_id AND item.transaction_id IS NULL)))) THEN\n    RAISE EXCEPTION 'entry % does not take back what entry % credited to another customer than %',\n        NEW.reversal_entry_id, NEW.entry_id, NEW.operator_id USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NEW;\n", hash='3a8c0fae802ad250c09c2f4cd05b7239ccbef504', operation='INSERT', pgid='pgtrigger_reversal_is_proven_0c640', table='payments_reversal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspensecase',
            trigger=pgtrigger.compiler.Trigger(name='case_begins_undecided', sql=common.guards.GuardSql(condition="WHEN ((NEW.decision <> '' OR NEW.corrected_amount IS NOT NULL))", func="RAISE EXCEPTION 'suspense case %: it is open before it is corrected or decided', NEW.id USING ERRCODE = 'restrict_violation';", hash='d41d6fa9befcc507425d37966b5a185d91250db9', operation='INSERT', pgid='pgtrigger_case_begins_undecided_0e63d', table='payments_suspensecase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspensecase',
            trigger=pgtrigger.compiler.Trigger(name='case_corrected_once', sql=common.guards.GuardSql(condition='WHEN ((OLD.corrected_amount IS NOT NULL AND ((NEW.corrected_amount, NEW.correction_entry_id, NEW.corrected_by_id, NEW.correction_note) IS DISTINCT FROM (OLD.corrected_amount, OLD.correction_entry_id, OLD.corrected_by_id, OLD.correction_note))))', func="RAISE EXCEPTION 'suspense case %: its amount is corrected once', OLD.id USING ERRCODE = 'restrict_violation';", hash='0873a43478e0aaa88b1633f658a5b16d6efaa21a', operation='UPDATE', pgid='pgtrigger_case_corrected_once_a052b', table='payments_suspensecase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspensecase',
            trigger=pgtrigger.compiler.Trigger(name='correction_is_proven', sql=common.guards.GuardSql(condition='WHEN ((NEW.corrected_amount IS NOT NULL AND OLD.corrected_amount IS NULL))', func="\nIF NOT EXISTS (\n    SELECT 1 FROM wallet_journalentry AS entry\n      JOIN wallet_journalentry AS held ON held.id = NEW.entry_id\n     WHERE entry.id = NEW.correction_entry_id AND entry.key = 'correct:' || NEW.id\n       AND entry.amount = abs(NEW.corrected_amount - NEW.amount)\n       AND (entry.debit_account_id, entry.credit_account_id)\n           = CASE WHEN NEW.corrected_amount > NEW.amount\n             THEN (held.debit_account_id, held.credit_account_id)\n             ELSE (held.credit_account_id, held.debit_account_id) END)\n   OR EXISTS (SELECT 1 FROM payments_transaction AS txn\n               WHERE txn.id = NEW.transaction_id AND txn.user_id = NEW.corrected_by_id) THEN\n    RAISE EXCEPTION 'suspense case %: entry % does not correct its amount to %',\n        NEW.id, NEW.correction_entry_id, NEW.corrected_amount USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NULL;\n", hash='cdc5983778d5f50619a268211d9452c5236edef1', operation='UPDATE', pgid='pgtrigger_correction_is_proven_7e8e1', table='payments_suspensecase', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspensecase',
            trigger=pgtrigger.compiler.Trigger(name='decision_is_proven', sql=common.guards.GuardSql(condition="WHEN ((NEW.status = 'RESOLVED' AND NEW.resolution_entry_id IS NOT NULL))", func="\nIF NOT EXISTS (\n    SELECT 1 FROM wallet_journalentry AS entry\n      JOIN wallet_ledgeraccount AS taken ON taken.id = entry.debit_account_id\n      JOIN wallet_ledgeraccount AS given ON given.id = entry.credit_account_id\n     WHERE entry.id = NEW.resolution_entry_id AND entry.key = 'resolve:' || NEW.id\n       AND entry.amount = coalesce(NEW.corrected_amount, NEW.amount) AND taken.kind = 'suspense'\n       AND CASE WHEN NEW.decision IN ('', 'credited')\n           THEN given.user_id IS NOT NULL AND given.user_id IS DISTINCT FROM NEW.resolved_by_id\n           ELSE given.kind = 'clearing' AND NEW.resolved_by_id IS NOT NULL\n                AND given.id = (SELECT held.debit_account_id FROM wallet_journalentry AS held\n                                 WHERE held.id = NEW.entry_id)\n                AND NOT EXISTS (SELECT 1 FROM payments_transaction AS txn\n                                 WHERE txn.id = NEW.transaction_id\n                                   AND txn.user_id = NEW.resolved_by_id) END) THEN\n    RAISE EXCEPTION 'suspense case %: entry % does not pay it to another customer than %',\n        NEW.id, NEW.resolution_entry_id, NEW.resolved_by_id USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NULL;\n", hash='7bde0b4cad5a7ad2313456d0e92d4689060b9d68', operation='UPDATE', pgid='pgtrigger_decision_is_proven_8ca1e', table='payments_suspensecase', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspensecase',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=common.guards.GuardSql(func='INSERT INTO "payments_suspensecasehistory" ("amount", "corrected_amount", "correction_note", "decision", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "resolution_entry_id", "resolution_note", "resolved_by_id", "status") VALUES (NEW."amount", NEW."corrected_amount", NEW."correction_note", NEW."decision", CASE WHEN nullif(current_setting(\'pghistory.context_id\', true), \'\') IS NOT NULL THEN _pgh_attach_context() END, NOW(), \'insert\', NEW."id", NEW."reason", NEW."resolution_entry_id", NEW."resolution_note", NEW."resolved_by_id", NEW."status"); RETURN NULL;', hash='c68d6930696a076261bf8b8eeab3c84c7797e84d', operation='INSERT', pgid='pgtrigger_insert_insert_d1ec4', table='payments_suspensecase', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspensecase',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=common.guards.GuardSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."corrected_amount" IS DISTINCT FROM (NEW."corrected_amount") OR OLD."correction_note" IS DISTINCT FROM (NEW."correction_note") OR OLD."decision" IS DISTINCT FROM (NEW."decision") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."resolution_entry_id" IS DISTINCT FROM (NEW."resolution_entry_id") OR OLD."resolution_note" IS DISTINCT FROM (NEW."resolution_note") OR OLD."resolved_by_id" IS DISTINCT FROM (NEW."resolved_by_id") OR OLD."status" IS DISTINCT FROM (NEW."status"))', func='INSERT INTO "payments_suspensecasehistory" ("amount", "corrected_amount", "correction_note", "decision", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "resolution_entry_id", "resolution_note", "resolved_by_id", "status") VALUES (NEW."amount", NEW."corrected_amount", NEW."correction_note", NEW."decision", CASE WHEN nullif(current_setting(\'pghistory.context_id\', true), \'\') IS NOT NULL THEN _pgh_attach_context() END, NOW(), \'update\', NEW."id", NEW."reason", NEW."resolution_entry_id", NEW."resolution_note", NEW."resolved_by_id", NEW."status"); RETURN NULL;', hash='588633fa412342685265aa6809615eed44ac466a', operation='UPDATE', pgid='pgtrigger_update_update_e1104', table='payments_suspensecase', when='AFTER')),
        ),
        AddConstraintNotValid(
            model_name='reversal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('case__isnull', True), ('transaction__isnull', False)), models.Q(('case__isnull', False), ('transaction__isnull', True)), _connector='OR'), name='payments_reversal_subject'),
        ),
        AddConstraintNotValid(
            model_name='suspensecase',
            constraint=models.CheckConstraint(condition=models.Q(('decision', ''), models.Q(('decision__in', ['credited', 'not_in_books', 'refunded', 'belongs_to_deposit']), ('status', 'RESOLVED')), _connector='OR'), name='payments_suspense_decision'),
        ),
        AddConstraintNotValid(
            model_name='suspensecase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrected_amount__isnull', True), ('corrected_by__isnull', True), ('correction_entry__isnull', True), ('correction_note', '')), models.Q(('amount__isnull', False), ('corrected_amount__gt', 0), ('corrected_by__isnull', False), ('correction_entry__isnull', False), ('correction_note__regex', '\\S')), _connector='OR'), name='payments_suspense_corrected'),
        ),
        migrations.CreateModel(
            name='Debt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('owed_since', models.DateTimeField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='debts', to=settings.AUTH_USER_MODEL)),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='debt', to='wallet.journalentry')),
                ('reversal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='debt', to='payments.reversal')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Repayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='The first repayment of a debt is 1.')),
                ('reason', models.CharField(max_length=255)),
                ('repaid_at', models.DateTimeField()),
                ('debt', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='repayments', to='payments.debt')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='repayment', to='wallet.journalentry')),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'default_permissions': ('view',),
            },
        ),
        migrations.AddConstraint(
            model_name='debt',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payments_debt_amount'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='debt',
            trigger=pgtrigger.compiler.Trigger(name='debt_is_proven', sql=common.guards.GuardSql(func="\nIF NOT EXISTS (\n    SELECT 1 FROM payments_reversal AS reversal\n      JOIN wallet_journalentry AS credited ON credited.id = reversal.entry_id\n      JOIN wallet_journalentry AS lent ON lent.key = 'debt:' || credited.key\n       AND lent.credit_account_id = credited.credit_account_id AND lent.amount <= credited.amount\n      JOIN wallet_ledgeraccount AS house ON house.id = lent.debit_account_id\n      JOIN wallet_ledgeraccount AS wallet ON wallet.id = credited.credit_account_id\n     WHERE reversal.id = NEW.reversal_id AND lent.id = NEW.entry_id AND lent.amount = NEW.amount\n       AND house.kind = 'debt' AND wallet.user_id = NEW.customer_id) THEN\n    RAISE EXCEPTION 'entry % does not lend customer % what reversal % took back too much',\n        NEW.entry_id, NEW.customer_id, NEW.reversal_id USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NEW;\n", hash='3aaf61edf2ef958e28652eee5093689adae405fc', operation='INSERT', pgid='pgtrigger_debt_is_proven_18484', table='payments_debt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='debt',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='e4931610eee48a5db246ed37d4ec1338adce5dbc', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_94345', table='payments_debt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='debt',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='97aba490a537fe613327d179ba5f2eab06f95372', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_9305f', table='payments_debt', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='repayment',
            constraint=models.UniqueConstraint(fields=('debt', 'number'), name='payments_repayment_number'),
        ),
        migrations.AddConstraint(
            model_name='repayment',
            constraint=models.CheckConstraint(condition=models.Q(('reason__regex', '\\S')), name='payments_repayment_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='repayment',
            trigger=pgtrigger.compiler.Trigger(name='repayment_is_proven', sql=common.guards.GuardSql(func="\nIF NOT EXISTS (\n    SELECT 1 FROM payments_debt AS debt\n      JOIN wallet_journalentry AS paid ON paid.id = NEW.entry_id\n      JOIN wallet_ledgeraccount AS wallet ON wallet.id = paid.debit_account_id\n      JOIN wallet_ledgeraccount AS house ON house.id = paid.credit_account_id\n     CROSS JOIN LATERAL (\n        SELECT count(*) AS number, coalesce(sum(earlier.amount), 0) AS amount\n          FROM payments_repayment AS repayment\n          JOIN wallet_journalentry AS earlier ON earlier.id = repayment.entry_id\n         WHERE repayment.debt_id = debt.id) AS before\n     WHERE debt.id = NEW.debt_id AND paid.key = 'repay:' || debt.id || ':' || NEW.number\n       AND NEW.number = before.number + 1 AND before.amount + paid.amount <= debt.amount\n       AND wallet.user_id = debt.customer_id AND house.kind = 'debt'\n       AND NEW.operator_id <> debt.customer_id) THEN\n    RAISE EXCEPTION 'entry % does not repay debt %', NEW.entry_id, NEW.debt_id\n        USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NEW;\n", hash='783b71e82a438e41e34be926e4f9107ffb803cd2', operation='INSERT', pgid='pgtrigger_repayment_is_proven_d1d03', table='payments_repayment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='repayment',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='e63da4b151e8a4d46f03d677a01d4fc13d781862', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_aae4f', table='payments_repayment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='repayment',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='d5b66281db4d97d2adf2165e3d5ddc83ebd412ef', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_caf81', table='payments_repayment', when='BEFORE')),
        ),
    ]

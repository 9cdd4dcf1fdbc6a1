import common.guards
import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0007_history_without_entry_index'),
        ('wallet', '0002_posting_view'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('raw_body', models.BinaryField()),
                ('headers', models.JSONField(default=dict)),
                ('source_address', models.GenericIPAddressField(blank=True, null=True)),
                ('receipt', models.CharField(blank=True, max_length=32, null=True)),
                ('verdict', models.CharField(choices=[('received', 'Received'), ('applied', 'Applied'), ('duplicate', 'Duplicate'), ('held', 'Held'), ('untrusted', 'Untrusted'), ('malformed', 'Malformed')], default='received', max_length=10)),
                ('note', models.CharField(blank=True, db_default='', max_length=255)),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('processed_at', models.DateTimeField(blank=True, null=True)),
                ('transaction', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='payments.transaction')),
            ],
            options={
                'default_permissions': ('view',),
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='PaybillAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=10)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='paybill_account', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': ('view',),
            },
        ),
        migrations.CreateModel(
            name='PaybillPayment',
            fields=[
                ('receipt', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('business_short_code', models.CharField(max_length=16)),
                ('account_number', models.CharField(blank=True, help_text='As the payer typed it.', max_length=64)),
                ('transaction_type', models.CharField(blank=True, max_length=64)),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('payer_name', models.CharField(blank=True, max_length=80)),
                ('payer_number', models.CharField(blank=True, help_text='Masked.', max_length=16)),
                ('payer_hash', models.CharField(blank=True, max_length=64)),
                ('source', models.CharField(max_length=16)),
                ('seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('case', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payment', to='payments.suspensecase')),
                ('proposed_user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('transaction', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='paybill_payment', to='payments.transaction')),
            ],
            options={
                'default_permissions': ('view',),
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='receipt',
            name='append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='suspensecase',
            name='case_decided_once',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='suspensecase',
            name='decision_is_proven',
        ),
        migrations.RemoveConstraint(
            model_name='suspensecase',
            name='payments_suspense_resolved',
        ),
        migrations.AddField(
            model_name='suspensecase',
            name='released_by',
            field=models.CharField(blank=True, db_default='', max_length=16),
        ),
        migrations.AlterField(
            model_name='receipt',
            name='transaction',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='payments.transaction'),
        ),
        migrations.AlterField(
            model_name='suspensecase',
            name='reason',
            field=models.CharField(choices=[('amount_mismatch', 'Amount'), ('checkout_mismatch', 'Checkout'), ('second_payment', 'Second Payment'), ('receipt_used', 'Receipt Used'), ('unknown_account', 'Unknown Account'), ('phone_typed', 'Phone Typed'), ('customer_not_allowed', 'Customer Not Allowed'), ('odd_amount', 'Odd Amount')], max_length=20),
        ),
        migrations.AlterField(
            model_name='suspensecase',
            name='transaction',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='suspense_cases', to='payments.transaction'),
        ),
        migrations.AlterField(
            model_name='suspensecasehistory',
            name='reason',
            field=models.CharField(choices=[('amount_mismatch', 'Amount'), ('checkout_mismatch', 'Checkout'), ('second_payment', 'Second Payment'), ('receipt_used', 'Receipt Used'), ('unknown_account', 'Unknown Account'), ('phone_typed', 'Phone Typed'), ('customer_not_allowed', 'Customer Not Allowed'), ('odd_amount', 'Odd Amount')], max_length=20),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receipt',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='33f8a899799511cdbe889747d48de0d13ef2f4bf', operation='DELETE', pgid='pgtrigger_append_only_425f3', table='payments_receipt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='receipt',
            trigger=pgtrigger.compiler.Trigger(name='receipt_stays', sql=common.guards.GuardSql(condition='WHEN ((OLD.transaction_id IS NOT NULL OR ((NEW.number, NEW.booked_at) IS DISTINCT FROM (OLD.number, OLD.booked_at))))', func="RAISE EXCEPTION 'receipt %: it is registered once, for one deposit', OLD.number USING ERRCODE = 'restrict_violation';", hash='edb9d8dc6d457170438ac407683971451a59426d', operation='UPDATE', pgid='pgtrigger_receipt_stays_34949', table='payments_receipt', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspensecase',
            trigger=pgtrigger.compiler.Trigger(name='case_decided_once', sql=common.guards.GuardSql(condition="WHEN ((OLD.status = 'RESOLVED' OR (OLD.transaction_id IS NOT NULL AND ((NEW.transaction_id) IS DISTINCT FROM (OLD.transaction_id))) OR ((NEW.id, NEW.mpesa_receipt_number, NEW.reason, NEW.amount, NEW.entry_id, NEW.opened_at) IS DISTINCT FROM (OLD.id, OLD.mpesa_receipt_number, OLD.reason, OLD.amount, OLD.entry_id, OLD.opened_at))))", func="RAISE EXCEPTION 'suspense case %: only an open case changes, by its decision', OLD.id USING ERRCODE = 'restrict_violation';", hash='ba5e68760a0930d4d314eb073c79713ea4bbe86e', operation='UPDATE', pgid='pgtrigger_case_decided_once_c63fa', table='payments_suspensecase', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspensecase',
            trigger=pgtrigger.compiler.Trigger(name='decision_is_proven', sql=common.guards.GuardSql(condition="WHEN ((NEW.status = 'RESOLVED' AND NEW.resolution_entry_id IS NOT NULL))", func="\nIF NOT EXISTS (\n    SELECT 1 FROM wallet_journalentry AS entry\n      JOIN wallet_ledgeraccount AS taken ON taken.id = entry.debit_account_id\n      JOIN wallet_ledgeraccount AS given ON given.id = entry.credit_account_id\n     WHERE entry.id = NEW.resolution_entry_id AND entry.key = 'resolve:' || NEW.id\n       AND entry.amount = NEW.amount AND taken.kind = 'suspense'\n       AND given.user_id IS NOT NULL\n       AND given.user_id IS DISTINCT FROM NEW.resolved_by_id) THEN\n    RAISE EXCEPTION 'suspense case %: entry % does not pay it to another customer than %',\n        NEW.id, NEW.resolution_entry_id, NEW.resolved_by_id USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NULL;\n", hash='ba98fee7a3714adc791967d13592d236b68eca9f', operation='UPDATE', pgid='pgtrigger_decision_is_proven_8ca1e', table='payments_suspensecase', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='suspensecase',
            trigger=pgtrigger.compiler.Trigger(name='case_has_subject', sql=common.guards.GuardSql(condition='WHEN ((NEW.transaction_id IS NULL))', constraint='CONSTRAINT', func="\nIF NOT EXISTS (SELECT 1 FROM payments_paybillpayment AS payment WHERE payment.case_id = NEW.id) THEN\n    RAISE EXCEPTION 'suspense case %: it is about no deposit and no payment', NEW.id\n        USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NULL;\n", hash='d88b22f417ccd4ed020488ff831489be5f34fe39', operation='INSERT', pgid='pgtrigger_case_has_subject_24e4b', table='payments_suspensecase', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        AddConstraintNotValid(
            model_name='suspensecase',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolution_entry__isnull', True), ('resolved_at__isnull', True), ('status', 'OPEN')), models.Q(('resolved_at__isnull', False), ('status', 'RESOLVED'), models.Q(('resolved_by__isnull', False), models.Q(('released_by', ''), _negated=True), _connector='OR'), ('resolution_note__regex', '\\S')), _connector='OR'), name='payments_suspense_decided'),
        ),
        migrations.AddIndex(
            model_name='confirmation',
            index=models.Index(fields=['receipt'], name='payments_confirmation_receipt'),
        ),
        migrations.AddIndex(
            model_name='confirmation',
            index=models.Index(condition=models.Q(('verdict', 'received')), fields=['id'], name='payments_confirmation_open'),
        ),
        migrations.AddConstraint(
            model_name='confirmation',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ('received', 'applied', 'duplicate', 'held', 'untrusted', 'malformed'))), name='payments_confirmation_verdict'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='confirmation',
            trigger=pgtrigger.compiler.Trigger(name='confirmation_stays', sql=common.guards.GuardSql(func="RAISE EXCEPTION 'confirmation % is evidence and stays', OLD.id USING ERRCODE = 'restrict_violation';", hash='e433b234a8ef5bff120cfd28b914df25e76d7c03', operation='DELETE', pgid='pgtrigger_confirmation_stays_938b7', table='payments_confirmation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='confirmation',
            trigger=pgtrigger.compiler.Trigger(name='confirmation_keeps', sql=common.guards.GuardSql(condition='WHEN (((NEW.id, NEW.raw_body, NEW.headers, NEW.source_address, NEW.received_at) IS DISTINCT FROM (OLD.id, OLD.raw_body, OLD.headers, OLD.source_address, OLD.received_at)))', func="RAISE EXCEPTION 'confirmation % is evidence and never changes', OLD.id USING ERRCODE = 'restrict_violation';", hash='1e2fc95924c7d70c078c2c8702eec8e4a2998eb3', operation='UPDATE', pgid='pgtrigger_confirmation_keeps_64859', table='payments_confirmation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='confirmation',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='65306fc4842e6150e37bc0109c12f34247d3adf2', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_23d86', table='payments_confirmation', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='paybillaccount',
            constraint=models.UniqueConstraint(fields=('number',), name='payments_paybill_number'),
        ),
        migrations.AddConstraint(
            model_name='paybillaccount',
            constraint=models.CheckConstraint(condition=models.Q(('number__regex', '^[2-9][0-9]{9}$')), name='payments_paybill_number_form'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paybillaccount',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='261a68e3e9c67234699d5da2fe0695a28625c5ca', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8f5ef', table='payments_paybillaccount', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paybillaccount',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='ec320d5131d628dd12764e14982baced87f3aa7f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_c2d2a', table='payments_paybillaccount', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='paybillpayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payments_paybill_amount'),
        ),
        migrations.AddConstraint(
            model_name='paybillpayment',
            constraint=models.CheckConstraint(condition=models.Q(('transaction__isnull', False), ('case__isnull', False), _connector='OR'), name='payments_paybill_booked'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paybillpayment',
            trigger=pgtrigger.compiler.Trigger(name='payment_stays', sql=common.guards.GuardSql(func="RAISE EXCEPTION 'payment % is money history and stays', OLD.receipt USING ERRCODE = 'restrict_violation';", hash='9771d3ad4053e61e673eada2988a1c861a19343a', operation='DELETE', pgid='pgtrigger_payment_stays_0e642', table='payments_paybillpayment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paybillpayment',
            trigger=pgtrigger.compiler.Trigger(name='payment_facts', sql=common.guards.GuardSql(condition='WHEN (((NEW.receipt, NEW.amount, NEW.business_short_code, NEW.account_number, NEW.transaction_type, NEW.paid_at, NEW.payer_name, NEW.payer_number, NEW.payer_hash, NEW.source, NEW.seen_at, NEW.case_id) IS DISTINCT FROM (OLD.receipt, OLD.amount, OLD.business_short_code, OLD.account_number, OLD.transaction_type, OLD.paid_at, OLD.payer_name, OLD.payer_number, OLD.payer_hash, OLD.source, OLD.seen_at, OLD.case_id)) OR (OLD.transaction_id IS NOT NULL AND ((NEW.transaction_id) IS DISTINCT FROM (OLD.transaction_id))))', func="RAISE EXCEPTION 'payment %: a known fact never changes', OLD.receipt USING ERRCODE = 'restrict_violation';", hash='33aebd600f6f6631b008cfc9281a1e878ed41e6e', operation='UPDATE', pgid='pgtrigger_payment_facts_4c740', table='payments_paybillpayment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paybillpayment',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=common.guards.GuardSql(func="RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';", hash='43815256f4a92a416abc97dd640d7a24441b111f', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_6c356', table='payments_paybillpayment', when='BEFORE')),
        ),
    ]

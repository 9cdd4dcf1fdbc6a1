"""What waits for an operator: one function, for the console's home and for /metrics.

Each kind is one statement over an index, and its rows go as soon as their cause is gone: nothing is
stored or marked as read (decision 0059). A kind that is about money says its sum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

from common.api import environment_name
from operations.backups import TASK as BACKUP
from operations.stalled_jobs import STALLED_AFTER_S

_DAY = timedelta(hours=24)
_FOUR_HOURS = timedelta(hours=4)
_AT_ONCE = timedelta(minutes=15)


#: M-PESA is taken for silent when it accepted so many prompts and reported none in that time.
SILENT_FOR = "10 minutes"
SILENT_FROM = 5

#: How long ago each periodic task may last have ended well (operations.tasks has their schedules).
TASKS_DUE: dict[str, timedelta] = {
    "reconcile_deposits": timedelta(minutes=10),
    "hurry_queries": timedelta(minutes=10),
    "replay_callbacks": timedelta(minutes=10),
    "look_at_claims": timedelta(minutes=10),
    "seal_entries": timedelta(minutes=10),
    "send_text_messages": timedelta(minutes=10),
    "ask_about_receipts": timedelta(minutes=10),
    # A large file takes minutes.
    "import_statement_uploads": timedelta(hours=1),
    "tell_operators": timedelta(minutes=10),
    "pull_payments": timedelta(hours=3),
    # A pull of 48 hours takes minutes.
    "pull_as_requested": timedelta(minutes=30),
    "purge": timedelta(hours=3),
    "check_ledger": timedelta(hours=26),
    "cut_old_records": timedelta(hours=26),
}
_DUE_TASKS = ", ".join(
    f"('{name}', interval '{due.total_seconds():.0f} s')" for name, due in TASKS_DUE.items()
)


@dataclass(frozen=True)
class Kind:
    """A kind of thing that waits for an operator.

    `right` lets an operator see it. `sql` gives rows of (detail, count, oldest time, sum in KES or
    NULL). `details` are sentences for the details. `within` is how soon it should be done.
    `url_name` and `query` are the list where it is decided, and `action` is its link's text.
    """

    name: str
    right: str
    title: str
    within: timedelta
    action: str
    url_name: str
    query: str
    sql: str
    details: dict[str, str]

    @property
    def pages(self) -> bool:
        """Whether somebody is told at once, at night too; else only once it is late."""
        return self.within <= _AT_ONCE


@dataclass(frozen=True)
class Need:
    """What waits of one kind: how many by detail, how much money (KES), since when.

    `oldest_at` is None where nobody knows since when, `amount` where it is not about money.
    """

    kind: Kind
    counts: dict[str, int]
    oldest_at: datetime | None
    amount: Decimal | None

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def why(self) -> str:
        """What they are, as a sentence; with numbers where there are several details.

        A detail without words, as a newer release beside this one may write, is named as stored.
        """
        said = {self.kind.details.get(name, name): count for name, count in self.counts.items()}
        if len(said) == 1:
            return next(iter(said))
        return ", ".join(f"{words} {count}" for words, count in said.items())


NO_CALLBACKS = Kind(
    name="no_callbacks",
    right="payments.view_callbackevent",
    title="Prompts go out, and no callback comes",
    within=_AT_ONCE,
    action="See the callbacks",
    url_name="admin:payments_callbackevent_changelist",
    query="",
    sql=f"""
        SELECT '', count(*), min(prompt.created_at), NULL FROM payments_transaction AS prompt
         WHERE prompt.created_at > %(now)s - interval '{SILENT_FOR}'
           AND prompt.created_at < %(now)s - interval '1 minute'
           AND prompt.checkout_request_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM payments_callbackevent AS told
                            WHERE told.id > (SELECT coalesce(max(id), 0) - 10000
                                               FROM payments_callbackevent)
                              AND told.has_token
                              AND told.received_at > %(now)s - interval '{SILENT_FOR}')
        HAVING count(*) >= {SILENT_FROM}
    """,  # noqa: S608  # our own constants
    details={"": "M-PESA or the way to us is broken: status queries go on, faster"},
)
#: Prompts that no customer sees. Rejected keys are named at the first; what may be a moment's
#: trouble once it happened so often and nothing was accepted since.
PROMPTS_FAIL = Kind(
    name="prompts_fail",
    right="payments.view_transaction",
    title="M-PESA takes no prompt of ours",
    within=_AT_ONCE,
    action="See the deposits",
    url_name="admin:payments_transaction_changelist",
    query="",
    # By payments_newest, of the last hour alone. A prompt that M-PESA accepts ends it.
    sql=f"""
        SELECT sent.trouble, count(*), min(sent.created_at), NULL
          FROM (SELECT created_at,
                       CASE WHEN status = 'PENDING' THEN 'unknown'
                            ELSE result_code END AS trouble
                  FROM payments_transaction
                 WHERE created_at > coalesce(
                           (SELECT created_at FROM payments_transaction
                             WHERE created_at > %(now)s - interval '1 hour'
                               AND created_at <= %(now)s
                               AND checkout_request_id IS NOT NULL
                             ORDER BY created_at DESC LIMIT 1), %(now)s - interval '1 hour')
                   AND created_at <= %(now)s AND checkout_request_id IS NULL
                   -- The answer to a fresh one is under way.
                   AND (status = 'PENDING' AND created_at < %(now)s - interval '1 minute'
                        OR status = 'FAILED' AND result_code IN (
                           'mpesa_authentication_failed', 'mpesa_unavailable', 'mpesa_busy'))
               ) AS sent
         GROUP BY sent.trouble
        HAVING sent.trouble = 'mpesa_authentication_failed' OR count(*) >= {SILENT_FROM}
    """,  # noqa: S608  # our own constants
    details={
        "mpesa_authentication_failed": "it rejects our keys or passkey; run manage.py doctor",
        "mpesa_unavailable": "it was not reached, nothing was sent; run manage.py doctor",
        "mpesa_busy": "it is busy or throttles us; nothing was sent",
        "unknown": "they were sent, and no clear answer came",
    },
)
# The conditions repeat those of partial indexes (payments_suspense_open, users_proposal_open,
# payments_to_look_for, payments_claims_to_look_at, kyc_one_pending, users_phonechange_one_pending,
# payments_callback_open, payments_confirmation_open, payments_confirmation_doubt,
# payments_statement_waiting), so that each statement reads what waits and nothing else. A proposal
# leaves when it expires (Proposal.CAN_BE_APPROVED_FOR); what it was about still waits.
KINDS: tuple[Kind, ...] = (
    Kind(
        name="suspense",
        right="payments.view_suspensecase",
        title="Payments held in suspense",
        within=_DAY,
        action="Decide the oldest",
        url_name="admin:payments_suspensecase_changelist",
        query="?status__exact=OPEN&o=1",
        sql="""
            SELECT reason, count(*), min(opened_at),
                   coalesce(sum(coalesce(corrected_amount, amount)), 0)
              FROM payments_suspensecase WHERE status = 'OPEN' GROUP BY reason ORDER BY 3
        """,
        details={
            "amount_mismatch": "another amount than asked for",
            "checkout_mismatch": "another checkout id",
            "second_payment": "paid a second time",
            "receipt_used": "a receipt that is used",
            "unknown_account": "an unknown account number",
            "phone_typed": "a phone number typed as account",
            "customer_not_allowed": "a customer who may not deposit",
            "odd_amount": "an amount with cents or too large",
        },
    ),
    Kind(
        name="proposals",
        right="users.change_proposal",
        title="Proposals to approve",
        within=_FOUR_HOURS,
        action="Review",
        url_name="admin:users_proposal_changelist",
        query="?state=waiting&o=1",
        sql="""
            SELECT proposal.kind, count(*), min(proposal.proposed_at),
                   coalesce(sum(coalesce(item.corrected_amount, item.amount, credit.amount)), 0)
              FROM users_proposal AS proposal
              LEFT JOIN payments_suspensecase AS item
                ON proposal.kind <> 'reverse_credit' AND item.id = proposal.subject_id
              LEFT JOIN wallet_journalentry AS credit
                ON proposal.kind = 'reverse_credit' AND credit.id = proposal.subject_id
             WHERE proposal.status = 'OPEN'
               AND proposal.proposed_at > %(now)s - interval '24 hours'
               AND proposal.kind NOT IN ('set_password', 'change_rights')
               AND proposal.proposed_by_id IS DISTINCT FROM %(operator)s
               AND proposal.customer_id IS DISTINCT FROM %(operator)s
             GROUP BY proposal.kind ORDER BY 3
        """,
        details={
            "resolve_case": "to give a payment held in suspense to a customer",
            "dismiss_case": "to close a case without giving its money to anybody",
            "split_case": "to share a payment held in suspense out among customers",
            "correct_case": "to correct what a case holds to M-PESA's amount",
            "reverse_credit": "to take a credit back",
        },
    ),
    Kind(
        name="account_proposals",
        right="users.change_accountproposal",
        title="Passwords, rights and closings to approve",
        within=_FOUR_HOURS,
        action="Review",
        url_name="admin:users_accountproposal_changelist",
        query="?state=waiting&o=1",
        sql="""
            SELECT proposal.kind, count(*), min(proposal.proposed_at), NULL
              FROM users_proposal AS proposal
              LEFT JOIN users_accountchange AS change ON change.id = proposal.subject_id
             WHERE proposal.status = 'OPEN'
               AND proposal.proposed_at > %(now)s - interval '24 hours'
               AND proposal.kind IN ('set_password', 'change_rights', 'erase_customer')
               AND proposal.proposed_by_id IS DISTINCT FROM %(operator)s
               AND (change.user_id IS NULL OR change.user_id IS DISTINCT FROM %(operator)s)
             GROUP BY proposal.kind ORDER BY 3
        """,
        details={
            # pragma: allowlist nextline secret
            "set_password": "to make a one-time password for an account",
            "change_rights": "to change the rights of an operator or a group",
            "erase_customer": "an account to close, name and number to erase",
        },
    ),
    Kind(
        name="no_answer",
        right="payments.view_transaction",
        title="Deposits without an outcome",
        within=_DAY,
        action="Look for them",
        url_name="admin:payments_unanswereddeposit_changelist",
        query="",
        sql="""
            SELECT '', count(*), min(created_at), sum(amount) FROM payments_transaction
             WHERE review_reason = 'no_answer' HAVING count(*) > 0
        """,
        details={"": "M-PESA gave no clear answer: look in its statement"},
    ),
    Kind(
        name="claims",
        right="payments.view_claim",
        title="Customers who say that they paid",
        within=_DAY,
        action="Look at claims",
        url_name="admin:payments_claim_changelist",
        query="?waiting=yes",
        sql="""
            SELECT '', count(*), min(escalated_at), sum(amount) FROM payments_claim
             WHERE next_look_at IS NOT NULL AND escalated_at IS NOT NULL HAVING count(*) > 0
        """,
        details={"": "M-PESA has not reported the receipt that they name"},
    ),
    Kind(
        name="identity",
        right="kyc.view_kycsubmission",
        title="Identity checks",
        within=_FOUR_HOURS,
        action="Check the oldest",
        url_name="admin:kyc_kycsubmission_changelist",
        query="?status__exact=PENDING&o=1",
        sql="""
            SELECT '', count(*), min(submitted_at), NULL FROM kyc_kycsubmission
             WHERE status = 'PENDING' HAVING count(*) > 0
        """,
        details={"": "customers wait to be verified"},
    ),
    Kind(
        name="phone_changes",
        right="users.view_phonechange",
        title="New phone numbers",
        within=_FOUR_HOURS,
        action="Decide",
        url_name="admin:users_phonechange_changelist",
        query="?status__exact=PENDING&o=1",
        sql="""
            SELECT '', count(*), min(requested_at), NULL FROM users_phonechange
             WHERE status = 'PENDING' HAVING count(*) > 0
        """,
        details={"": "call the new number yourself before you decide"},
    ),
    Kind(
        name="closings",
        right="users.view_erasurerequest",
        title="Accounts to close",
        # The law's seven days, less a weekend.
        within=timedelta(days=4),
        action="Answer",
        url_name="admin:users_erasurerequest_changelist",
        query="?status__exact=OPEN&o=1",
        sql="""
            SELECT 'asked', count(*), min(asked_at), NULL FROM users_erasurerequest
             WHERE status = 'OPEN' HAVING count(*) > 0
             UNION ALL
            SELECT 'money', count(*), NULL, sum(wallet.balance) FROM users_erasure AS erasure
              JOIN wallet_ledgeraccount AS wallet ON wallet.user_id = erasure.user_id
             WHERE wallet.balance > 0 HAVING count(*) > 0
        """,
        details={
            "asked": "customers want to be erased: the law gives seven days for the answer",
            "money": "money came for accounts that are closed: pay it back in M-Pesa's portal",
        },
    ),
    Kind(
        name="callbacks",
        right="payments.view_callbackevent",
        title="Callbacks that are not settled",
        within=_AT_ONCE,
        action="See the callbacks",
        url_name="admin:payments_callbackevent_changelist",
        query="?verdict__exact=received",
        sql="""
            SELECT '', count(*), min(received_at), NULL FROM payments_callbackevent
             WHERE verdict = 'received' AND received_at < %(now)s - interval '1 minute'
            HAVING count(*) > 0
        """,
        details={"": "stored, but an error keeps them from being settled"},
    ),
    Kind(
        name="confirmations",
        right="payments.view_confirmation",
        title="Confirmations that are not settled",
        within=_AT_ONCE,
        action="See the confirmations",
        url_name="admin:payments_confirmation_changelist",
        query="?verdict__in=received,untrusted",
        # One for a short code that is not ours moves no money of ours, and stays untrusted for
        # ever: it is shown for a week. One from an address that is not believed may be a payment,
        # and goes once its receipt is booked.
        sql="""
            SELECT told.verdict, count(*), min(told.received_at), NULL
              FROM payments_confirmation AS told
             WHERE told.verdict = 'received' AND told.received_at < %(now)s - interval '1 minute'
             GROUP BY told.verdict
             UNION ALL
            SELECT told.verdict, count(*), min(told.received_at), NULL
              FROM payments_confirmation AS told
             WHERE told.verdict = 'untrusted'
               AND (told.note NOT LIKE 'short code %%'
                    OR told.received_at > %(now)s - interval '7 days')
               AND NOT EXISTS (SELECT 1 FROM payments_receipt AS receipt
                                WHERE receipt.number = told.receipt)
             GROUP BY told.verdict
        """,
        details={
            "received": "stored, but an error keeps them from being settled",
            "untrusted": "from an unknown address, or for a short code that is not ours",
        },
    ),
    Kind(
        name="pull",
        right="payments.view_pullrun",
        title="M-PESA's list of payments is not read",
        within=timedelta(hours=3),
        action="See the pulls",
        url_name="admin:payments_pullrun_changelist",
        query="",
        sql="""
            SELECT run.outcome, count(*), min(run.finished_at), NULL FROM payments_pullrun AS run
             WHERE run.outcome IN ('broken', 'failed')
               AND run.id > coalesce((SELECT max(id) FROM payments_pullrun
                                       WHERE outcome IN ('complete', 'quiet')), 0)
             GROUP BY run.outcome
             UNION ALL
            SELECT 'late', 1, max(run.finished_at), NULL FROM payments_pullrun AS run
             WHERE %(is_pull_enabled)s
            HAVING max(run.finished_at) < %(now)s - interval '3 hours'
        """,
        details={
            "broken": "an empty list although payments are known",
            "failed": "M-PESA did not answer, or rows could not be settled",
            "late": "no pull for three hours",
        },
    ),
    Kind(
        name="statements",
        right="payments.view_statementimport",
        title="Statements with rows to settle",
        within=_DAY,
        action="See the statements",
        url_name="admin:payments_statementimport_changelist",
        query="",
        # A payment that stands in several files waits once, and not where another file settled it.
        sql="""
            SELECT waiting.match, count(*), min(waiting.imported_at), sum(waiting.amount)
              FROM (SELECT DISTINCT ON (line.receipt, line.kind) line.match, file.imported_at,
                           coalesce(line.amount_in, 0) + coalesce(line.amount_out, 0) AS amount
                      FROM payments_statementrow AS line
                      JOIN payments_statementimport AS file ON file.id = line.file_id
                     WHERE line.verdict = '' AND NOT (line.action = '')
                       AND file.state = 'ready' AND file.rows_deleted_at IS NULL
                       AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS settled
                                        WHERE settled.receipt = line.receipt
                                          AND settled.kind = line.kind AND settled.verdict <> '')
                     ORDER BY line.receipt, line.kind, file.imported_at) AS waiting
             GROUP BY waiting.match
        """,
        details={
            "theirs_only": "M-PESA took it, and our books lack it",
            "fills": "only its receipt is missing here",
            "amount_differs": "the amounts differ",
            "reversal_untold": "M-PESA took it back, and we did not",
            "both": "both books have it, and its case or its receipt is open",
        },
    ),
    Kind(
        name="no_statement",
        right="payments.view_statementimport",
        title="No statement was compared",
        within=_DAY,
        action="Import it",
        url_name="admin:payments_statementimport_changelist",
        query="",
        # The first deposit after the last statement's last row. Where no money is real nobody has
        # statements, unless one was imported.
        sql="""
            SELECT '', 1, txn.created_at, NULL
              FROM (SELECT max(last_row_at) AS at FROM payments_statementimport
                     WHERE state = 'ready') AS covered,
                   LATERAL (SELECT created_at FROM payments_transaction
                             WHERE created_at > coalesce(covered.at, '-infinity')
                               AND created_at < %(now)s - interval '36 hours'
                               AND status = 'COMPLETED'
                             ORDER BY created_at LIMIT 1) AS txn
             WHERE covered.at IS NOT NULL OR %(is_money_real)s
        """,
        details={"": "paid deposits of 36 hours ago stand in no imported statement"},
    ),
    Kind(
        name="untold_reversals",
        right="payments.view_transactionquery",
        title="Payments that did not stay",
        within=_DAY,
        action="Decide about each",
        url_name="admin:payments_transactionquery_changelist",
        query="?untold=yes",
        # As services.transaction_status.list_untold.
        sql="""
            SELECT asked.verdict, count(*), min(asked.answered_at), coalesce(sum(asked.amount), 0)
              FROM payments_transactionquery AS asked
             WHERE asked.verdict IN ('reversed', 'differs')
               AND NOT EXISTS (SELECT 1 FROM payments_reversal AS reversal
                                 JOIN payments_transaction AS txn
                                   ON txn.id = reversal.transaction_id
                                WHERE reversal.transaction_id = asked.transaction_id
                                  AND NOT (coalesce(txn.mpesa_receipt_number, '') = asked.receipt
                                           AND txn.credit_entry_id <> reversal.entry_id)
                                  AND NOT EXISTS (SELECT 1 FROM payments_caseshare AS share
                                                   WHERE share.entry_id = reversal.entry_id))
               AND NOT EXISTS (SELECT 1 FROM payments_suspensecase AS item
                                WHERE item.mpesa_receipt_number = asked.receipt
                                  AND item.share_count IS NOT NULL AND suspense_is_undone(item.id))
               AND NOT EXISTS (SELECT 1 FROM payments_suspensecase AS item
                                WHERE item.mpesa_receipt_number = asked.receipt
                                  AND item.entry_id IS NOT NULL
                                  AND (item.decision = 'refunded'
                                       OR asked.verdict = 'differs'
                                          AND item.corrected_amount = asked.amount))
             GROUP BY asked.verdict
        """,
        details={
            "reversed": "booked here, and taken back at M-PESA",
            "differs": "booked here with another amount than M-PESA's",
        },
    ),
    Kind(
        name="refunds_unseen",
        right="payments.view_suspensecase",
        title="Refunds that no statement shows",
        within=_DAY,
        action="See the cases",
        url_name="admin:payments_suspensecase_changelist",
        query="?decision__exact=refunded&o=1",
        # M-PESA's portal takes up to 72 hours (payments.case_facts.REFUND_TAKES). The rows of a
        # statement are kept for 30 days, so of an older refund nobody knows whether one showed it.
        sql="""
            SELECT '', count(*), min(item.resolved_at) + interval '72 hours',
                   sum(coalesce(item.corrected_amount, item.amount))
              FROM payments_suspensecase AS item
             WHERE item.decision = 'refunded' AND item.amount IS NOT NULL
               AND item.resolved_at BETWEEN %(now)s - interval '30 days'
                                        AND %(now)s - interval '72 hours'
               AND NOT EXISTS (SELECT 1 FROM payments_statementrow AS line
                                WHERE line.linked_receipt = item.mpesa_receipt_number
                                  AND line.kind = 'reversal')
            HAVING count(*) > 0
        """,
        details={
            "": "closed as refunded in the portal 72 hours ago, and not in M-PESA's statement"
        },
    ),
    Kind(
        name="initiator",
        right="payments.view_initiatorstate",
        title="M-PESA rejects our initiator",
        within=_FOUR_HOURS,
        action="See why",
        url_name="admin:payments_initiatorstate_changelist",
        query="",
        sql="""
            SELECT '', 1, stopped_at, NULL FROM payments_initiatorstate
             WHERE stopped_at IS NOT NULL
        """,
        details={"": "no receipt is asked about until manage.py initiator resume"},
    ),
    Kind(
        name="worker",
        right="procrastinate.view_procrastinatejob",
        title="The worker does not report",
        within=timedelta(minutes=1),
        action="See its jobs",
        url_name="admin:procrastinate_procrastinatejob_changelist",
        query="",
        sql=f"""
            SELECT '', 1, max(last_heartbeat), NULL FROM procrastinate_workers
            HAVING coalesce(max(last_heartbeat), '-infinity')
                   < %(now)s - interval '{STALLED_AFTER_S} seconds'
        """,  # noqa: S608  # our own constant
        details={"": "no status query, replay or purge runs; start it again"},
    ),
    Kind(
        name="jobs",
        right="procrastinate.view_procrastinatejob",
        title="Jobs that failed",
        within=_FOUR_HOURS,
        action="See the jobs",
        url_name="admin:procrastinate_procrastinatejob_changelist",
        query="?status__exact=failed",
        sql="""
            SELECT '', count(*), min(ended.at), NULL FROM procrastinate_jobs AS job
              LEFT JOIN LATERAL (SELECT max(event.at) AS at FROM procrastinate_events AS event
                                  WHERE event.job_id = job.id AND event.type = 'failed') AS ended
                     ON true
             WHERE job.status = 'failed' HAVING count(*) > 0
        """,
        details={"": "the worker logged why"},
    ),
    Kind(
        name="ledger",
        right="wallet.view_ledgerseal",
        title="Faults of the ledger",
        within=_AT_ONCE,
        action="See the ledger",
        url_name="admin:wallet_ledgerseal_changelist",
        query="",
        sql="""
            SELECT 'unsealed', 1, entry.created_at, NULL FROM (
                SELECT created_at FROM wallet_journalentry
                 WHERE id > (SELECT coalesce(max(last_entry_id), 0) FROM wallet_ledgerseal)
                 ORDER BY id LIMIT 1) AS entry
             WHERE entry.created_at < %(now)s - interval '15 minutes'
             UNION ALL
            SELECT 'suspense', 1, NULL, abs(held.amount - undecided.amount)
              FROM (SELECT coalesce(sum(CASE posting.side WHEN 'credit' THEN posting.amount
                                                          ELSE -posting.amount END), 0) AS amount
                      FROM wallet_posting AS posting
                     WHERE posting.account_id = (SELECT id FROM wallet_ledgeraccount
                                                  WHERE code = 'suspense')) AS held,
                   (SELECT coalesce(sum(coalesce(corrected_amount, amount)), 0) AS amount
                      FROM payments_suspensecase WHERE status = 'OPEN') AS undecided
             WHERE held.amount <> undecided.amount
             UNION ALL
            SELECT 'faults', run.found, run.succeeded_at, NULL FROM operations_taskrun AS run
             WHERE run.task = 'check_ledger' AND run.found > 0
        """,
        details={
            "unsealed": "entries are not sealed: the worker's seal_ledger does not run",
            "suspense": "the suspense account differs from its open cases; run check_ledger",
            "faults": "the nightly check found faults: task runs name the first of them",
        },
    ),
    NO_CALLBACKS,
    PROMPTS_FAIL,
    Kind(
        name="tasks",
        right="procrastinate.view_procrastinatejob",
        title="Tasks of the worker that do not end well",
        within=_FOUR_HOURS,
        action="See the jobs",
        url_name="admin:procrastinate_procrastinatejob_changelist",
        query="",
        # Also a task that never ended since it was first seen; one that no release has any more
        # is not listed.
        sql=f"""
            SELECT run.task, 1, run.succeeded_at, NULL FROM operations_taskrun AS run
              JOIN (VALUES {_DUE_TASKS}) AS due (task, at_most) ON due.task = run.task
             WHERE coalesce(run.succeeded_at, '-infinity') < %(now)s - due.at_most
             ORDER BY run.task
        """,  # noqa: S608  # our own constants
        details={},
    ),
    Kind(
        name="backup",
        right="operations.view_taskrun",
        title="The database is not backed up",
        within=_FOUR_HOURS,
        action="See the last one",
        url_name="admin:operations_taskrun_changelist",
        query="",
        # Where no money is real nobody needs backups, unless one was reported.
        sql=f"""
            SELECT '', 1, max(run.succeeded_at), NULL FROM operations_taskrun AS run
             WHERE run.task = '{BACKUP}'
            HAVING %(backup_within_hours)s > 0 AND (count(*) > 0 OR %(is_money_real)s)
               AND coalesce(max(run.succeeded_at), '-infinity')
                   < %(now)s - make_interval(hours => %(backup_within_hours)s)
        """,  # noqa: S608  # our own constant
        details={"": "deploy/backup.sh, or manage.py report_backup, says when one is whole"},
    ),
    Kind(
        name="messages",
        right="operations.view_alert",
        title="Operators cannot be told",
        within=_FOUR_HOURS,
        action="See the alerts",
        url_name="admin:operations_alert_changelist",
        query="",
        sql="""
            SELECT '', count(*), min(failed_at), NULL FROM operations_alert
             WHERE failed_at IS NOT NULL HAVING count(*) > 0
        """,
        details={"": "an address of ALERT_URLS takes no message; manage.py alerts test tries them"},
    ),
)


def list_needs(
    *, now: datetime, operator_id: int | None = None, kinds: Sequence[Kind] = KINDS
) -> list[Need]:
    """Return what waits, oldest first; what nobody knows the age of comes first.

    With an operator: without the proposals that this operator made, or that are about the operator.
    """
    found = list(_look(now, operator_id, kinds))
    return sorted(found, key=lambda need: (need.oldest_at is not None, need.oldest_at))


def _look(now: datetime, operator_id: int | None, kinds: Sequence[Kind]) -> Iterator[Need]:
    values = _values(now, operator_id)
    with connection.cursor() as cursor:
        for kind in kinds:
            cursor.execute(kind.sql, values)
            rows = cursor.fetchall()
            if rows:
                yield _need(kind, rows)


def _values(now: datetime, operator_id: int | None) -> dict[str, Any]:
    return {
        "now": now,
        "operator": operator_id,
        "backup_within_hours": settings.BACKUP_WITHIN_HOURS,
        "is_pull_enabled": settings.PULL_ENABLED,
        "is_money_real": environment_name() == "production",
    }


def count_needs(*, now: datetime, operator_id: int) -> dict[str, int]:
    """Return how many wait of each kind that has any, by one statement.

    Without the proposals that this operator made, or gets the money of.
    """
    counts = " UNION ALL ".join(
        f"SELECT '{kind.name}', sum(found.waiting)::int"  # noqa: S608  # our own constants
        f" FROM ({kind.sql}) AS found (detail, waiting, oldest_at, amount)"
        for kind in KINDS
    )
    with connection.cursor() as cursor:
        cursor.execute(counts, _values(now, operator_id))
        return {name: count for name, count in cursor.fetchall() if count}


def _need(kind: Kind, rows: list[tuple[Any, ...]]) -> Need:
    known = [oldest_at for _, _, oldest_at, _ in rows if oldest_at is not None]
    amounts = [amount for *_, amount in rows if amount is not None]
    return Need(
        kind=kind,
        counts={detail: count for detail, count, _, _ in rows},
        oldest_at=min(known, default=None),
        amount=sum(amounts, Decimal(0)) if amounts else None,
    )

"""Everything that changes a deposit: initiate, record callbacks, reconcile, claim, resolve,
reverse.
"""

from payments.services.approvals import approve_proposal
from payments.services.callbacks import record_callback, replay_callback
from payments.services.claims import close_claim, look_at_open_claims, make_claim
from payments.services.deposits import initiate_deposit
from payments.services.inbox import CallbackOutcome
from payments.services.paybill import record_confirmation, replay_confirmation
from payments.services.pull import PullReport, pull_payments, pull_recent_payments
from payments.services.push_answers import PushOutcome
from payments.services.reconciliation import (
    ReconcileReport,
    hurry_queries,
    query_soon,
    reconcile_due_deposits,
)
from payments.services.reversals import (
    collect_debt,
    find_credit,
    find_credit_of_case,
    propose_reversal,
    reverse_credit,
)
from payments.services.suspense import (
    correct_suspense_case,
    dismiss_suspense_case,
    list_above_day,
    needs_second_operator,
    propose_correction,
    propose_dismissal,
    propose_resolution,
    propose_split,
    resolve_suspense_case,
    split_suspense_case,
)
from payments.services.transaction_status import ask_about_receipt, ask_next

__all__ = [
    "CallbackOutcome",
    "PullReport",
    "PushOutcome",
    "ReconcileReport",
    "approve_proposal",
    "ask_about_receipt",
    "ask_next",
    "close_claim",
    "collect_debt",
    "correct_suspense_case",
    "dismiss_suspense_case",
    "find_credit",
    "find_credit_of_case",
    "hurry_queries",
    "initiate_deposit",
    "list_above_day",
    "look_at_open_claims",
    "make_claim",
    "needs_second_operator",
    "propose_correction",
    "propose_dismissal",
    "propose_resolution",
    "propose_reversal",
    "propose_split",
    "pull_payments",
    "pull_recent_payments",
    "query_soon",
    "reconcile_due_deposits",
    "record_callback",
    "record_confirmation",
    "replay_callback",
    "replay_confirmation",
    "resolve_suspense_case",
    "reverse_credit",
    "split_suspense_case",
]

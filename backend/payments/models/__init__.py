"""Deposits, callbacks, suspense cases, keys. Only payments/sql/functions write the money
columns."""

from payments.models.callbacks import CallbackEvent
from payments.models.claims import Claim
from payments.models.debts import Debt, Repayment
from payments.models.deposits import NO_ANSWER, Receipt, Transaction, UnansweredDeposit
from payments.models.paybill import Confirmation, PaybillAccount, PaybillPayment
from payments.models.pulls import PulledRow, PullRequest, PullRun
from payments.models.pushes import DarajaToken, IdempotencyKey, QueryPace
from payments.models.registrations import PaybillRegistration
from payments.models.statements import (
    StatementImport,
    StatementRow,
    UnpaidDeposit,
)
from payments.models.suspense import CaseShare, Reversal, SuspenseCase
from payments.models.transaction_queries import InitiatorState, TransactionQuery
from payments.models.uploads import StatementUpload, StatementUploadPart

__all__ = [
    "NO_ANSWER",
    "CallbackEvent",
    "CaseShare",
    "Claim",
    "Confirmation",
    "DarajaToken",
    "Debt",
    "IdempotencyKey",
    "InitiatorState",
    "PaybillAccount",
    "PaybillPayment",
    "PaybillRegistration",
    "PullRequest",
    "PullRun",
    "PulledRow",
    "QueryPace",
    "Receipt",
    "Repayment",
    "Reversal",
    "StatementImport",
    "StatementRow",
    "StatementUpload",
    "StatementUploadPart",
    "SuspenseCase",
    "Transaction",
    "TransactionQuery",
    "UnansweredDeposit",
    "UnpaidDeposit",
]

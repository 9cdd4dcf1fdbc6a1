"""Deposits, callbacks, suspense cases, keys. Only payments/sql/functions write the money
columns."""

from payments.models.callbacks import CallbackEvent
from payments.models.deposits import NO_ANSWER, Receipt, Transaction, UnansweredDeposit
from payments.models.pushes import DarajaToken, IdempotencyKey, QueryPace
from payments.models.suspense import Reversal, SuspenseCase

__all__ = [
    "NO_ANSWER",
    "CallbackEvent",
    "DarajaToken",
    "IdempotencyKey",
    "QueryPace",
    "Receipt",
    "Reversal",
    "SuspenseCase",
    "Transaction",
    "UnansweredDeposit",
]

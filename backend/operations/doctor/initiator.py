"""Checks of Transaction Status: the initiator, and reversals that nobody told us of."""

import base64
import binascii
from typing import Any

from operations.doctor.results import DoctorResult, ok, problem, warning
from payments.models import InitiatorState
from payments.services.transaction_status import list_untold

#: An RSA key of 2048 or 4096 bits encrypts to so many bytes.
_CREDENTIAL_BYTES = (256, 512)
_RESUME = "have the operator unlocked, set MPESA_SECURITY_CREDENTIAL, manage.py initiator resume"


def check_initiator(conf: Any) -> DoctorResult:
    """Report that M-Pesa rejected the initiator, or that the credential cannot be one."""
    check = "mpesa.initiator"
    if not conf.MPESA_INITIATOR_NAME or conf.MPESA_DEBUG:
        return ok(check, "M-Pesa is not asked what became of receipts")
    if not _is_credential(conf.PAYMENTS_GATEWAY["OPTIONS"].get("security_credential", "")):
        says = "MPESA_SECURITY_CREDENTIAL is not a password that M-Pesa's certificate encrypted"
        return warning(check, says, "encrypt it with the certificate of your environment")
    return judge_initiator(InitiatorState.objects.first())


def judge_initiator(state: InitiatorState | None) -> DoctorResult:
    """Return the result for the shared state; None: nothing was ever asked."""
    check = "mpesa.initiator"
    if state is None:
        return ok(check, "nothing was asked yet")
    if state.stopped_at is not None:
        says = f"stopped since {state.stopped_at:%Y-%m-%d %H:%M} UTC: {state.stopped_code}"
        return problem(check, says, _RESUME)
    if state.failures_in_a_row >= 2:
        says = f"{state.failures_in_a_row} questions in a row had no answer"
        return warning(check, says, "can M-Pesa reach the host of MPESA_CALLBACK_URL?")
    return ok(check, f"{'proven' if state.proven_at else 'not proven yet'}, not stopped")


def check_untold_reversals() -> DoctorResult:
    """Report payments in our books that M-Pesa says did not stay, or were of another amount."""
    check, count = "reversals.untold", list_untold().count()
    if not count:
        return ok(check, "M-Pesa's answers and the books agree")
    says = f"{count} payments in the books are not so at M-Pesa"
    return warning(check, says, "decide about each in the admin: transaction queries, untold")


def _is_credential(credential: str) -> bool:
    try:
        return len(base64.b64decode(credential, validate=True)) in _CREDENTIAL_BYTES
    except (binascii.Error, ValueError):
        return False

"""Runs the services on rows of an old release."""

import json
from collections.abc import Iterator

from common import clock
from kyc import services as kyc
from kyc.models import KycSubmission
from payments import services
from payments.models import CallbackEvent, SuspenseCase, Transaction
from risk import services as risk
from risk.caps import Caps
from risk.models import OwnLimits
from users import phone_change
from users.models import PhoneChange, User

_OPERATOR = "254700000099"


def live(tokens: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what was done and what came of it."""
    operator = User.objects.get(phone_number=_OPERATOR)
    yield from _deposit_again()
    silent = Transaction.objects.filter(status="PENDING", review_reason=None, query_count__gt=0)
    yield "callback of a silent deposit", _call_back(silent.earliest("id"), tokens, "NEWRECEIPT1")
    escalated = Transaction.objects.filter(status="PENDING", review_reason="no_answer")
    yield (
        "callback of an escalated one",
        _call_back(escalated.earliest("id"), tokens, "NEWRECEIPT2"),
    )
    for case in SuspenseCase.objects.filter(status="OPEN"):
        yield f"case {case.reason}", _resolve(case, operator)
    event = CallbackEvent.objects.get(verdict="received", has_token=True)
    assert event.transaction is not None
    verdict = services.replay_callback(event, now=clock.now())
    yield "stored callback", f"{verdict} {_status(event.transaction)}"
    yield "reversal", _reverse(operator)
    yield from _decide_about_customers(operator)


def _deposit_again() -> Iterator[tuple[str, str]]:
    customer = User.objects.get(full_name="Unheard")
    first, again = (
        services.initiate_deposit(
            user=customer, amount=400, idempotency_key="after-upgrade", now=clock.now()
        )
        for _ in range(2)
    )
    yield "new deposit", _status(Transaction.objects.get(pk=first.transaction_id))
    is_same = first.transaction_id == again.transaction_id
    yield "same key again", "the same deposit" if is_same else "another deposit"


def _call_back(deposit: Transaction, tokens: dict[str, str], receipt: str) -> str:
    items = {"Amount": int(deposit.amount), "MpesaReceiptNumber": receipt}
    callback = {
        "MerchantRequestID": "29115-34620561-1",
        "CheckoutRequestID": deposit.checkout_request_id or "ws_CO_learnt_late",
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": [{"Name": k, "Value": v} for k, v in items.items()]},
    }
    outcome = services.record_callback(
        token=tokens[str(deposit.account_reference)],
        body=json.dumps({"Body": {"stkCallback": callback}}).encode(),
        headers={},
        source_address="127.0.0.1",
        now=clock.now(),
    )
    return f"{outcome.verdict} {_status(deposit)}"


def _resolve(case: SuspenseCase, operator: User) -> str:
    services.resolve_suspense_case(
        case=case,
        user=case.deposit.user,
        operator=operator,
        reason="statement seen",
        now=clock.now(),
    )
    case.refresh_from_db()
    return f"{case.status} {_status(case.deposit)}"


def _reverse(operator: User) -> str:
    deposit = Transaction.objects.filter(user__full_name="Paid", status="COMPLETED").latest("id")
    assert deposit.credit_entry is not None
    services.reverse_credit(
        entry=deposit.credit_entry, operator=operator, reason="taken back", now=clock.now()
    )
    deposit.refresh_from_db()
    return str(deposit.review_reason)


def _decide_about_customers(operator: User) -> Iterator[tuple[str, str]]:
    now = clock.now()
    careful = User.objects.get(full_name="Careful")
    risk.set_caps(user=careful, wanted=Caps(100, 700), now=now)
    yield "own cap", str(OwnLimits.objects.get(user=careful).daily_cap)
    submission = KycSubmission.objects.get(status="PENDING")
    kyc.verify(
        submission=submission, operator=operator, tier=User.Tier.FULL, reason="seen", now=now
    )
    yield "KYC", User.objects.get(pk=submission.user_id).kyc_status
    change = PhoneChange.objects.get(status="PENDING")
    phone_change.approve_change(change.pk, operator=operator, reason="seen", now=now)
    change.refresh_from_db()
    yield "another number", change.status


def _status(deposit: Transaction) -> str:
    deposit.refresh_from_db()
    return deposit.status

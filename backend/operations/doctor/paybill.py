"""Checks of payments by hand: their addresses, the API's answers there, what M-Pesa was told."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from common import clock
from operations.doctor.results import Check, DoctorResult, ok, problem, warning
from operations.doctor.surroundings import is_live
from payments.models import PullRun
from payments.paybill_addresses import Fault, build_addresses, find_faults, probe_faults
from payments.services.registrations import (
    Knowledge,
    RegistrationStatus,
    judge_registrations,
    list_registrations,
    plan_registration,
)

_REGISTER = "run manage.py paybill register, once the other checks are ok"
#: The worker pulls every hour; one pull may take minutes.
_PULL_EVERY = timedelta(minutes=90)
_COMPARE = "manage.py paybill show says more; one shilling paid by hand tells for certain"


def _is_off(conf: Any) -> str:
    """Return why there is nothing to check; empty where there is."""
    if not conf.PAYBILL_ENABLED:
        return "payments by hand are off"
    return "nobody can pay the mock by hand" if conf.MPESA_DEBUG else ""


def check_paybill_addresses(conf: Any) -> Iterator[DoctorResult]:
    """Report addresses that Safaricom may refuse or cannot reach, and a weak secret."""
    check, off = "paybill", _is_off(conf)
    if off:
        yield ok(check, off)
        return
    faults = list(_results(conf, check, find_faults(conf)))
    yield from faults
    if not faults:
        yield ok(check, build_addresses(conf).masked_confirmation_url)


def check_paybill_answers(conf: Any) -> Iterator[DoctorResult]:
    """Report how our API answers at the addresses, by real requests that change nothing."""
    check, off = "paybill.answers", _is_off(conf)
    if off:
        yield ok(check, off)
        return
    faults = list(_results(conf, check, probe_faults(conf)))
    yield from faults
    if not faults:
        yield ok(check, "an unknown account number is refused in time, and nothing redirects")


def check_paybill_registration(conf: Any) -> DoctorResult:
    """Report that M-Pesa was told no addresses, or others than the configured ones."""
    check, off = "paybill.registered", _is_off(conf)
    if off:
        return ok(check, off)
    wanted = plan_registration(conf)
    return judge_registration(
        judge_registrations(wanted, list_registrations(wanted)), is_real=is_live(conf)
    )


def judge_registration(status: RegistrationStatus, *, is_real: bool) -> DoctorResult:
    """Return the result for what our records say; `is_real`: payments are of real money."""
    check, worse = "paybill.registered", problem if is_real else warning
    match status.knowledge:
        case Knowledge.SAME:
            return ok(check, "the configured addresses, as far as was recorded here")
        case Knowledge.OTHER if "addresses" in status.differences:
            says = "M-Pesa has other addresses than the configured ones: payments are not reported"
            return worse(check, says, "set the PAYBILL_URL_SECRET and host that it has, or delete")
        case Knowledge.OTHER:
            says = f"registered with another {' and '.join(status.differences)}"
            return warning(check, says, "set what is registered, or delete and register again")
        case Knowledge.UNCERTAIN:
            return warning(check, "an attempt to register has no clear answer", _COMPARE)
        case Knowledge.UNRECORDED:
            says = "M-Pesa has addresses that were not recorded here"
            return warning(check, says, _COMPARE)
        case _:
            return worse(check, "nothing: payments by hand are not reported to us", _REGISTER)


def check_pull(conf: Any) -> DoctorResult:
    """Report that M-Pesa's own list of payments is not had, or is empty where it cannot be."""
    check, off = "paybill.pull", _is_off(conf)
    if not off and not conf.PULL_ENABLED:
        off = "M-Pesa's list of payments is not asked for"
    if off:
        return ok(check, off)
    return judge_pull(PullRun.objects.order_by("-id").first(), clock.now())


def judge_pull(last: PullRun | None, now: datetime) -> DoctorResult:
    """Return the result for the newest pull."""
    check = "paybill.pull"
    if last is None:
        return warning(check, "never yet", "run manage.py pull; is the worker running?")
    at = f"{last.finished_at:%Y-%m-%d %H:%M} UTC"
    if last.outcome == PullRun.Outcome.BROKEN:
        says = f"an empty list ({at}), although there were payments: {last.detail}"
        return problem(check, says, "is the Pull product on the app? run manage.py pull --register")
    if last.outcome == PullRun.Outcome.FAILED:
        return problem(check, f"the last failed ({at}): {last.detail}", "run manage.py pull")
    if last.finished_at < now - _PULL_EVERY:
        return problem(check, f"none since {at}", "is the worker running?")
    if last.unreadable:
        says = f"{last.unreadable} rows could not be read ({at})"
        return problem(check, says, "look at payments_pulledrow; that money may be booked nowhere")
    return ok(check, f"{last.rows} rows at {at}")


def _results(conf: Any, check: str, faults: Iterable[Fault]) -> Iterator[DoctorResult]:
    is_real = is_live(conf)
    for fault in faults:
        worse = problem if fault.is_grave and is_real else warning
        yield worse(check, fault.says, fault.fix)


def paybill_checks(conf: Any) -> list[Check]:
    """Return the checks that need no database."""
    return [
        ("paybill", lambda: check_paybill_addresses(conf)),
        ("paybill.answers", lambda: check_paybill_answers(conf)),
    ]

"""`manage.py initiator`: show whether M-Pesa is asked by the initiator; let it be asked again."""

import getpass
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from payments import conf
from payments.models import InitiatorState, TransactionQuery
from payments.services.transaction_status import resume_initiator

_SHOWN = 10


class Command(BaseCommand):
    """Exit status of `show`: 0 where M-Pesa may be asked, else 1. Of `resume`: 0."""

    help = (
        "Show whether M-Pesa is asked what became of receipts (Transaction Status), or resume it"
        " after M-Pesa rejected the initiator. show: exit status 0 where it may be asked, else 1."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("show", help="show the state and the last questions")
        actions.add_parser(
            "resume", help="ask again, once MPESA_SECURITY_CREDENTIAL is right and not locked"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not conf.asks_about_transactions():
            raise CommandError(
                "M-Pesa is not asked: set MPESA_INITIATOR_NAME and MPESA_SECURITY_CREDENTIAL, and"
                " MPESA_DEBUG=False."
            )
        if options["action"] == "resume":
            self._resume()
        else:
            self._show()

    def _resume(self) -> None:
        if resume_initiator(by=getpass.getuser(), now=clock.now()):
            self.stdout.write("M-Pesa is asked again. The next answer proves the credential.")
        else:
            self.stdout.write("It was not stopped. Nothing was changed.")

    def _show(self) -> None:
        state = InitiatorState.objects.first() or InitiatorState()
        self.stdout.write(f"Initiator {settings.MPESA_INITIATOR_NAME}: {_describe(state)}")
        for query in TransactionQuery.objects.order_by("-id")[:_SHOWN]:
            about = f"{query.asked_at:%Y-%m-%d %H:%M:%S} {query.receipt} ({query.why})"
            told = " ".join(filter(None, (query.state, query.verdict, query.result_code)))
            self.stdout.write(f"  {about}: {told}")
        if state.stopped_at is not None:
            sys.exit(1)


def _describe(state: InitiatorState) -> str:
    if state.stopped_at is not None:
        return (
            f"stopped since {state.stopped_at:%Y-%m-%d %H:%M} UTC by {state.stopped_code}: set the"
            " credential right at M-Pesa and here, then run manage.py initiator resume"
        )
    if state.paused_until is not None and state.paused_until > clock.now():
        return f"waits until {state.paused_until:%Y-%m-%d %H:%M:%S} UTC"
    if state.proven_at is None:
        return "asked; no answer has proven the credential yet"
    return f"asked; last proven {state.proven_at:%Y-%m-%d %H:%M} UTC"

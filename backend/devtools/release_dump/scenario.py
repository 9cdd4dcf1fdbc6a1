"""Brings about every state of a deposit, by requests and callbacks, before the dump is made."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from devtools.release_dump.customers import Customers
from devtools.release_dump.system import DumpSystem

_PAID = 500
#: Amounts that choose an outcome in the simulator: no outcome at all, or this result code.
_SILENCE = 4999
_CANCELLED, _WRONG_PIN, _UNREACHABLE = 1032, 2001, 1037
_FAILURES = (_CANCELLED, _WRONG_PIN, 1111, 1025, 8006, 1019, 9999, _UNREACHABLE)
_REJECTIONS = ("lock_subscriber", "wrong_credentials", "system_busy")
_CASES = ("amount", "checkout", "second", "used")
#: Customers with a suspense case, two of each kind: an operator resolves one, one stays open.
_PAIRS = [f"{case} {end}" for case in _CASES for end in ("open", "resolved")]
_DEPOSITORS = (
    "forgotten", "unanswered", "paid", "unheard", "heard late", "denied first", "twice",
    "taken back", "failing", "not heard failing", "refused", "broken answer", "cut off", "silent",
    "uncertain", "open prompt", "unsettled", "blocked", "careful", "suspect", *_PAIRS,
)  # fmt: skip
_OTHERS = (
    "kyc pending", "kyc verified", "kyc rejected", "kyc revoked", "moving", "moved", "not moved",
    "staying", "paused", "lifted", "excluded",
)  # fmt: skip
_PATIENCE_S = 45


class Scenario:
    """All that happens in the dump. It runs once; at its end the worker is stopped, so that no
    state changes before the dump is made.
    """

    def __init__(self, system: DumpSystem) -> None:
        self._system = system
        self._customers = Customers(system)

    def close(self) -> None:
        self._customers.close()

    def run(self) -> None:
        """Bring about all states, in an order that leaves the open ones for the end."""
        self._customers.sign_up(*_DEPOSITORS, *_OTHERS)
        self._decide("people")
        self._begin_yesterday()
        self._settle()
        self._fail()
        self._send_mismatched_callbacks()
        self._lose_the_answer()
        self._wait("SELECT count(*) = 0 FROM payments_callbackevent WHERE verdict = 'received'")
        self._decide("money")
        self._decide("suspicion")
        self._leave_open()

    def open_tokens(self) -> dict[str, str]:
        """Return the callback token of each PENDING deposit, by account reference."""
        pending = "SELECT account_reference FROM payments_transaction WHERE status = 'PENDING'"
        wanted = {row[0] for row in self._rows(pending)}
        return {
            prompt.account_reference: prompt.callback_url.rstrip("/").rpartition("/")[2]
            for prompt in self._system.simulator.prompts()
            if prompt.account_reference in wanted
        }

    def _begin_yesterday(self) -> None:
        """Make two deposits under yesterday's clock that get no report; the worker, under today's
        clock, escalates them.
        """
        self._customers.arm("forgotten", "deposit.lose_everything")
        self._customers.push("forgotten", _PAID)
        self._customers.push("unanswered", _SILENCE)
        self._system.restart_api()
        self._system.worker.start()
        self._wait(
            "SELECT count(*) = 2 FROM payments_transaction WHERE review_reason = 'no_answer'"
        )

    def _settle(self) -> None:
        for amount in (_PAID, 250, 1250):
            self._pay("paid", amount)
        self._pay("taken back", _PAID)
        self._pay("blocked", 120)
        # So large that a fraud rule asks for review; in shadow mode that is only recorded.
        self._pay("careful", 25_000)
        for name, fault in (
            ("unheard", "callback.lose"),
            ("heard late", "callback.late"),
            ("denied first", "callback.failure_first"),
            ("twice", "callback.duplicate"),
            ("broken answer", "push.drop_answer"),
        ):
            self._customers.arm(name, fault)
            self._customers.push(name, _PAID)
        for name in ("unheard", "heard late", "denied first", "twice", "broken answer"):
            self._wait_for(name, "status = 'COMPLETED'")
        self._wait_for("heard late", "mpesa_receipt_number IS NOT NULL")

    def _fail(self) -> None:
        for amount in _FAILURES:
            self._customers.push("failing", amount)
            self._wait_for("failing", "status = 'FAILED' AND next_query_at IS NULL")
        for amount in (_CANCELLED, _WRONG_PIN):
            self._customers.arm("not heard failing", "callback.lose")
            self._customers.push("not heard failing", amount)
            self._wait_for("not heard failing", "status = 'FAILED'")
        for error in _REJECTIONS:
            self._customers.arm("refused", f"push.{error}")
            self._customers.push("refused", _PAID)
            self._wait_for("refused", "status = 'FAILED'")

    def _send_mismatched_callbacks(self) -> None:
        """Send callbacks that do not agree with their deposit, or that belong to no deposit."""
        for end in ("open", "resolved"):
            self._customers.arm(f"amount {end}", "callback.wrong_amount")
            self._customers.push(f"amount {end}", 700)
            self._customers.push(f"checkout {end}", _SILENCE)
            self._customers.pay_again(
                f"checkout {end}", receipt=self._customers.new_receipt(),
                checkout_request_id="ws_CO_of_another_request",
            )  # fmt: skip
            self._pay(f"second {end}", 650)
            self._customers.pay_again(f"second {end}", receipt=self._customers.new_receipt())
            self._customers.push(f"used {end}", _SILENCE)
            used = self._customers.prompt("paid").receipt
            self._customers.pay_again(f"used {end}", receipt=str(used))
        for name in _PAIRS:
            self._wait_for(name, "review_reason = 'suspense'")
        self._customers.push("silent", _SILENCE)
        silent = self._customers.prompt("silent")
        self._customers.fail_at_unknown_address(silent.checkout_request_id)
        self._customers.fail_at_unknown_address("ws_CO_of_nobody")
        self._customers.call_back(silent.callback_url, None)

    def _lose_the_answer(self) -> None:
        """Kill the API while M-Pesa's answer is on its way: the idempotency key stays without an
        answer.
        """
        self._customers.arm("cut off", "push.delay")
        with ThreadPoolExecutor(1) as threads:
            push = threads.submit(self._customers.push, "cut off", _PAID)
            self._wait_for("cut off", "status = 'COMPLETED'")
            self._system.restart_api()
            # The customer's request fails, which is expected; states.py checks for the key without
            # an answer.
            push.exception()

    def _leave_open(self) -> None:
        """Make the deposits that are still open in the dump, after the worker has stopped."""
        self._wait_for("silent", "query_count > 1")
        self._system.worker.stop()
        self._customers.push("uncertain", _UNREACHABLE)
        self._wait_for("uncertain", "status = 'FAILED' AND next_query_at IS NOT NULL")
        self._customers.push("unsettled", _SILENCE)
        self._break_settlement()
        self._customers.pay_again("unsettled", receipt=self._customers.new_receipt())
        # `migrate` installs the function again that `_break_settlement` replaced, so that the dump
        # holds the right one.
        self._system.manage("migrate", "--verbosity", "0")
        self._system.simulator.stop_answering()
        self._customers.arm("open prompt", "callback.lose")
        self._customers.push("open prompt", _PAID)

    def _break_settlement(self) -> None:
        """Replace the settling function by one that fails, as if by a defect of ours.

        The next callback then stays `received`, to be replayed.
        """
        with self._system.database.connect() as connection:
            connection.execute(
                "CREATE OR REPLACE FUNCTION deposit_settle_callback(p_transaction_id bigint,"
                " p_has_token boolean, p_is_trusted_source boolean, p_result jsonb,"
                " p_now timestamptz) RETURNS text LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'a defect'; END $$"
            )

    def _pay(self, name: str, amount: int) -> None:
        self._customers.push(name, amount).raise_for_status()
        self._wait_for(name, "status = 'COMPLETED'")

    def _decide(self, group: str) -> None:
        """Run one group of decisions.py in a process of its own."""
        phones = json.dumps(self._customers.phones())
        self._system.python("-m", "devtools.release_dump.decide", group, phones)

    def _wait_for(self, name: str, condition: str) -> None:
        """Wait until this SQL condition holds for the customer's newest deposit."""
        phone = self._customers.phones()[name]
        self._wait(
            f"SELECT (SELECT {condition} FROM payments_transaction"  # noqa: S608  # our constants
            f" WHERE phone_number = '{phone}' ORDER BY id DESC LIMIT 1)"
        )

    def _wait(self, question: str) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not self._is(question):
            if time.monotonic() > deadline:
                message = f"this did not come about: {question}"
                raise TimeoutError(message)
            time.sleep(0.1)

    def _is(self, question: str) -> bool:
        return bool(self._rows(question)[0][0])

    def _rows(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self._system.database.url) as connection:
            return connection.execute(sql).fetchall()

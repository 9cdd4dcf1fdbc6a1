"""The report says what was found, and says so when it is not clean."""

import io
import json
from datetime import timedelta
from decimal import Decimal

from chaos.customers import Wish
from chaos.differences import Difference, Kind
from chaos.ledger import Case, Ledger
from chaos.plan import Plan
from chaos.progress import Progress
from chaos.report import (
    Report,
    as_text,
    count_idempotent_retries,
    credited_by,
    seconds_to_credit,
)
from chaos.simulator import read_book, read_prompt
from chaos.tests.sides import (
    NOON,
    PHONE,
    Sides,
    by_hand,
    deposit,
    held_booking,
    prompt,
    silent,
    unknown_deposit,
)


def _report(sides: Sides) -> Report:
    return Report(plan=Plan(seed=41, deposits=10), comparison=sides.compare())


class TestText:
    def test_a_clean_run_says_so(self) -> None:
        text = as_text(_report(Sides([deposit()], [prompt()])))

        assert "Clean: lost 0, doubled 0, wrong status 0, wrong sum 0, no rest 0" in text
        assert "seed 41" in text

    def test_a_difference_names_seed_deposit_and_what_is_known_of_it(self) -> None:
        report = _report(Sides([unknown_deposit(callbacks=1)], [prompt()]))
        report.timeline = ["callback: verdict received"]

        text = as_text(report)

        assert not report.is_clean
        assert "NOT CLEAN: lost 1, doubled 0" in text
        assert "SEED=41" in text
        assert f"lost: deposit 1 of {PHONE}, KES 500, PENDING: was paid" in text
        assert text.endswith("  callback: verdict received")

    def test_an_unsettled_callback_is_a_difference(self) -> None:
        report = _report(Sides([deposit()], [prompt()]))
        report.comparison.differences.append(Difference(Kind.UNREST, "1 callbacks to replay"))

        assert "no rest 1" in as_text(report)

    def test_deposits_to_look_for_in_the_statement_are_counted_by_cause(self) -> None:
        lost = silent(faults=["deposit.lose_everything"])

        text = as_text(_report(Sides([unknown_deposit()], [lost])))

        assert "Needs the statement: 1\n       1 deposit.lose_everything" in text

    def test_what_the_statement_settled_and_what_needs_an_operator(self) -> None:
        lost = silent(faults=["deposit.lose_everything"])
        report = _report(
            Sides(
                [deposit()],
                [prompt()],
                by_hand=[by_hand("5720000001")],
                bookings=[held_booking()],
                cases=[Case(receipt="H1", reason="unknown_account", amount=Decimal(300))],
                has_statement=True,
            )
        )
        report.before_statement = Sides([unknown_deposit()], [lost]).compare()
        report.statement_lines = ["statement, layout A: credited 1"]

        text = as_text(report)

        assert report.is_clean, text
        assert "Needed the statement: 1\n       1 deposit.lose_everything" in text
        assert "  statement, layout A: credited 1\n" in text
        assert "Needs the statement after its import: 0\n  none" in text
        assert (
            "Still needs an operator: 1\n       1 an account number was typed that nobody has"
            in text
        )
        values = json.loads(json.dumps(report.as_json(), default=str))
        assert values["before_statement"]["needs_statement"] == {"deposit.lose_everything": 1}
        assert sum(values["comparison"]["needs_operator"].values()) == 1

    def test_json_holds_the_same(self) -> None:
        values = json.loads(json.dumps(_report(Sides([deposit()], [prompt()])).as_json()))

        assert (values["clean"], values["plan"]["seed"]) == (True, 41)
        assert values["comparison"]["lost"] == 0


class TestFigures:
    def test_time_to_credit_runs_from_payment_to_wallet(self) -> None:
        deposits = [
            deposit(id=n, account_reference=f"KP{n}", credited_at=NOON + timedelta(seconds=n))
            for n in range(101)
        ]
        prompts = [prompt(account_reference=f"KP{n}") for n in range(101)]

        figures = seconds_to_credit(_ledger(*deposits), prompts)

        assert figures == {"p50": 50, "p95": 95, "max": 100}

    def test_an_early_callback_took_no_time(self) -> None:
        early = deposit(credited_at=NOON - timedelta(seconds=1))

        assert seconds_to_credit(_ledger(early), [prompt()]) == {"max": 0}
        assert seconds_to_credit(_ledger(), []) == {}

    def test_credits_are_counted_by_the_kind_of_report(self) -> None:
        ways = [deposit(), deposit(credited_by="worker query"), unknown_deposit()]

        assert credited_by(_ledger(*ways)) == {"callback": 1, "worker query": 1}

    def test_retries_after_a_lost_answer_are_counted_as_successful(self) -> None:
        wishes = [
            Wish(PHONE, 10, "a", broken_answers=1, is_replayed=True),
            Wish(PHONE, 11, "b", broken_answers=1),
            Wish(PHONE, 12, "c", is_replayed=True),
        ]

        assert count_idempotent_retries(wishes) == 1


class TestReading:
    def test_a_prompt_is_read_from_the_control_api(self) -> None:
        view = {
            "account_reference": "KP1", "checkout_request_id": "ws_1", "phone": PHONE,
            "amount": 500, "state": "waiting", "created_at": "2026-11-20T15:00:00+03:00",
            "finished_at": None, "result_code": None, "receipt": None, "callback_url": "http://x/",
            "faults": [], "answer_lost": False, "callbacks_delivered": 0, "callbacks_failed": 0,
            "text": "what else there is",
        }  # fmt: skip

        read = read_prompt(view)

        assert (read.created_at, read.finished_at) == (NOON, None)
        assert read_prompt({**view, "finished_at": view["created_at"]}).finished_at == NOON

    def test_the_book_is_read_customer_by_customer(self) -> None:
        line = {
            "receipt": "R1", "amount": 500, "checkout_request_id": None, "account_reference": "7",
            "confirmations_delivered": 0, "confirmations_failed": 1, "confirmation_faults": [],
            "way": "menu", "paid_at": "2026-11-20T15:00:00+03:00",
        }  # fmt: skip

        book = read_book({"balanced": True, "phones": {PHONE: {"payments": [line]}}})

        assert [(p.phone, p.amount, p.paid_at) for p in book.payments] == [(PHONE, 500, NOON)]


class TestProgress:
    def test_without_a_terminal_a_line_comes_now_and_then_and_at_the_end(self) -> None:
        out = io.StringIO()
        progress = Progress(2, out)

        for done in (0, 1, 2):
            progress.show(done, "deposits")
        progress.end()

        assert out.getvalue().splitlines() == [
            "[..............................] 0/2 deposits",
            "[##############################] 2/2 deposits",
        ]

    def test_on_a_terminal_the_bar_stays_on_its_line(self) -> None:
        out = io.StringIO()
        out.isatty = lambda: True  # type: ignore[method-assign]
        progress = Progress(2, out)

        progress.say("starting")
        progress.say("starting")
        progress.end()

        assert out.getvalue() == "\r\x1b[Kstarting\r\x1b[K"


def _ledger(*deposits: object) -> Ledger:
    return Ledger(deposits=list(deposits), wallets={}, suspense=0, clearing=0)  # type: ignore[arg-type]

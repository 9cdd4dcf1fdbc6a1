"""The charts: their sums are the tables' rows, and what colour says is said without it, too."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common import clock
from operations.console.charts import facts, money, prompts
from operations.console.charts.canvas import Canvas, round_steps
from operations.console.charts.figure import Figure, count_of, days_of, percent, period
from operations.console.charts.pages import _DRAWN
from operations.console.charts.style import file_style
from operations.tests.console.operators import make_operator, sign_in
from payments.daraja.result_codes import LISTED
from payments.models import Transaction
from payments.tests.building import (
    NOON,
    failure_body,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from tests.sql.calling import forget_statistics

pytestmark = pytest.mark.django_db

NAMES = tuple(_DRAWN)
#: An hour after NOON; the period of a week that ends with it.
NOW = NOON + timedelta(hours=1)
WEEK = period(7, NOW)


@pytest.fixture(autouse=True)
def _an_hour_after_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def support() -> Client:
    """Sign in an operator who may see deposits and nothing else."""
    return sign_in(make_operator("view_transaction"))


def paid(number: int = 1, *, at: datetime = NOON, took_s: int = 9, amount: int = 500) -> None:
    """Store a deposit that was paid."""
    body = success_body(f"ws_CO_{number}", amount=amount, receipt=f"NLJ7RT{number:04}")
    receive(body, token=store(number, at=at, amount=amount), now=at + timedelta(seconds=took_s))


def failed(number: int = 1, *, at: datetime = NOON, code: int = 1032) -> None:
    """Store a deposit that was not paid."""
    body = failure_body(f"ws_CO_{number}", result_code=code)
    receive(body, token=store(number, at=at), now=at + timedelta(seconds=30))


def store(number: int, *, at: datetime = NOON, amount: int = 500) -> str:
    """Store a deposit of a customer of its own; return its token."""
    token = f"token-{number}"
    make_deposit(
        make_customer(f"2547230{number:05}"),
        checkout_request_id=f"ws_CO_{number}",
        token=token,
        amount=Decimal(amount),
        created_at=at,
        updated_at=at,
    )
    return token


def columns(figure: Figure) -> list[dict[str, Any]]:
    """Return the figure's rows by the names of their columns."""
    return [dict(zip(figure.columns, row, strict=True)) for row in figure.rows]


def deposits() -> Figure:
    """Draw the deposits of the week."""
    return prompts.draw_deposits(facts.list_days(WEEK), WEEK)


class TestDeposits:
    def test_each_prompt_is_counted_on_its_nairobi_day(self) -> None:
        # 23:59 and 00:01 in Nairobi are 20:59 and 21:01 UTC.
        paid(1, at=datetime(2026, 11, 18, 20, 59, tzinfo=UTC))
        failed(2, at=datetime(2026, 11, 18, 21, 1, tzinfo=UTC))
        store(3)

        rows = {row["Day"]: row for row in columns(deposits())}

        assert len(rows) == 7
        assert (rows["2026-11-18"]["Paid"], rows["2026-11-18"]["KES paid"]) == (1, 500)
        assert (rows["2026-11-19"]["Prompts"], rows["2026-11-19"]["Not paid"]) == (1, 1)
        assert rows["2026-11-20"]["No answer yet"] == 1
        assert rows["2026-11-17"]["Share paid"] == "\u2013"

    def test_the_heading_is_the_finding(self) -> None:
        paid(1)
        failed(2)

        assert deposits().finding == "50.0 % of 2 prompts were paid"

    def test_a_day_that_stands_out_is_named(self) -> None:
        for number in range(30):
            paid(number, at=NOON - timedelta(days=number % 3))
        for number in range(30, 40):
            failed(number, at=NOON - timedelta(days=4))

        assert deposits().finding.endswith("; on Mon 16 Nov only 0.0 %")

    def test_no_prompt_is_said(self) -> None:
        assert deposits().finding == "No prompt in these days"

    def test_a_payment_by_hand_is_no_prompt(self) -> None:
        make_deposit(callback_token_hash=None)

        assert facts.list_days(WEEK) == []
        assert facts.list_codes(WEEK) == []
        assert facts.list_hours(WEEK) == []

    def test_days_before_and_after_the_period_are_left_out(self) -> None:
        store(1, at=WEEK.begins_at - timedelta(seconds=1))
        store(2, at=WEEK.ends_before)

        assert facts.list_days(WEEK) == []


class TestCodes:
    def draw(self) -> Figure:
        """Draw the codes of the week."""
        return prompts.draw_codes(facts.list_codes(WEEK))

    def test_codes_have_their_meaning_and_share(self) -> None:
        paid(1)
        for number in (2, 3):
            failed(number, code=1032)
        failed(4, code=1)

        figure = self.draw()

        rows = {row["Code"]: row for row in columns(figure)}
        assert (rows["0"]["Means"], rows["0"]["Share"]) == ("Paid", "25.0 %")
        assert rows["1032"]["Prompts"] == 2
        assert rows["1"]["Means"] == LISTED["1"].title
        assert figure.finding.startswith("2 of 3 that were not paid: cancelled by the customer")

    def test_prompts_without_a_code_say_why(self) -> None:
        store(1)
        for number, code in ((2, None), (3, "not_in_statement")):
            store(number)
            Transaction.objects.filter(checkout_request_id=f"ws_CO_{number}").update(
                status="FAILED", result_code=code
            )

        meanings = {row["Means"] for row in columns(self.draw())}

        assert meanings == {"No answer yet", "Prompt was not sent", "Not in M-PESA's statement"}

    def test_rare_codes_are_summed(self) -> None:
        found = [facts.Code("FAILED", f"{code}", 1) for code in range(100, 120)]

        rows = columns(prompts.draw_codes(found))

        assert len(rows) == 13
        assert (rows[-1]["Means"], rows[-1]["Prompts"]) == ("Other codes", 8)

    def test_without_failures_and_without_prompts(self) -> None:
        assert self.draw().finding == "No prompt in these days"
        paid(1)
        cache.clear()
        assert self.draw().finding == "Every prompt was paid, or waits for its answer"

    def test_a_code_is_escaped(self) -> None:
        found = [facts.Code("FAILED", "<script>", 1)]

        drawing = prompts.draw_codes(found).drawing

        assert "<script>" not in drawing
        assert "&lt;script&gt;" in drawing


class TestTimes:
    def test_classes_and_median(self) -> None:
        for number, took_s in enumerate((4, 5, 8, 59, 60, 7200)):
            paid(number, took_s=took_s)

        found = facts.find_times(WEEK)
        figure = prompts.draw_times(found)

        assert found.counts == [1, 2, 0, 0, 1, 1, 0, 0, 1]
        assert figure.finding == "Half were credited within 8 s of their prompt"
        assert figure.says == "6 deposits credited, 2 later than a minute."
        assert [row["Deposits"] for row in columns(figure)] == found.counts

    def test_nothing_was_credited(self) -> None:
        figure = prompts.draw_times(facts.find_times(WEEK))

        assert figure.finding == "No deposit was credited in these days"


class TestHours:
    def test_hours_are_nairobis(self) -> None:
        store(1)
        figure = prompts.draw_hours(facts.list_hours(WEEK))

        [row] = columns(figure)
        assert (row["Weekday"], row["Hour"]) == ("Fri", "12:00")
        assert figure.finding == "Busiest on Fri 12:00: 1 prompt"

    def test_an_hour_with_a_low_share_has_a_ring(self) -> None:
        found = [facts.Hour(1, 10, 100, 95), facts.Hour(2, 11, 20, 5), facts.Hour(3, 1, 2, 0)]

        figure = prompts.draw_hours(found)

        assert figure.drawing.count('class="ring"') == 1
        assert figure.says.startswith("1 hour of the week")

    def test_no_prompt_is_said(self) -> None:
        assert prompts.draw_hours([]).finding == "No prompt in these days"


class TestSuspense:
    def draw(self) -> Figure:
        """Draw suspense over the week."""
        return money.draw_suspense(facts.list_held(WEEK), WEEK)

    def test_nothing_was_held(self) -> None:
        assert self.draw().finding == "Nothing in suspense in these days"

    def test_what_is_held_carries_over(self) -> None:
        self.hold(1, WEEK.begins_at - timedelta(days=30), 300)
        self.hold(2, NOON - timedelta(days=2), 200)

        figure = self.draw()

        held = [row["Held at its end, KES"] for row in columns(figure)]
        assert held == [300, 300, 300, 300, 500, 500, 500]
        assert figure.finding == "KES 500.00 in suspense now"
        assert figure.says.startswith("KES 300.00 at the beginning")

    def test_a_higher_day_is_named(self) -> None:
        found = [
            facts.DayOfMoney(WEEK.first, Decimal(900), Decimal(0)),
            facts.DayOfMoney(WEEK.last, Decimal(0), Decimal(800)),
        ]

        figure = money.draw_suspense(found, WEEK)

        assert figure.finding == "KES 100.00 in suspense now, the most on Sat 14 Nov: 900.00"

    def hold(self, number: int, at: datetime, amount: int) -> None:
        """Hold a payment of another amount than asked for."""
        body = success_body(f"ws_CO_{number}", amount=amount, receipt=f"NLJ7RT{number:04}")
        receive(body, token=store(number, at=at), now=at)


class TestInTransit:
    def draw(self) -> Figure:
        """Draw what was in transit over the week."""
        return money.draw_in_transit(facts.list_in_transit(WEEK), WEEK)

    def test_the_highest_of_a_day_and_what_is_left(self) -> None:
        paid(1, at=NOON - timedelta(days=2), took_s=600)
        paid(2, at=NOON - timedelta(days=2) + timedelta(minutes=5), took_s=600)
        store(3, at=NOON)

        rows = {row["Day"]: row for row in columns(self.draw())}

        assert rows["2026-11-18"]["Highest, KES"] == 1000
        assert rows["2026-11-18"]["At its end, KES"] == 0
        assert rows["2026-11-19"]["Highest, KES"] == 0
        assert rows["2026-11-20"]["Deposits at its end"] == 1

    def test_one_of_long_ago_without_an_answer_is_still_in_transit(self) -> None:
        store(1, at=WEEK.begins_at - timedelta(days=9))

        figure = self.draw()

        assert [row["At its end, KES"] for row in columns(figure)] == [500] * 7
        assert figure.says == "Now KES 500.00 in 1 deposit without a known outcome."

    def test_one_that_began_before_the_period_and_ended_in_it(self) -> None:
        paid(1, at=WEEK.begins_at - timedelta(hours=2), took_s=3 * 3600)

        rows = columns(self.draw())

        assert (rows[0]["Highest, KES"], rows[0]["At its end, KES"]) == (500, 0)

    def test_seconds_are_below_a_minute(self) -> None:
        paid(1, at=NOON, took_s=9)

        assert self.draw().finding == "Nothing in transit in these days"


class TestStatements:
    @pytest.mark.parametrize("name", NAMES)
    def test_each_figure_is_one_statement_and_kept(self, name: str) -> None:
        with CaptureQueriesContext(connection) as queries:
            _DRAWN[name](WEEK)
            first = len(queries)
            _DRAWN[name](WEEK)

        asked = [each["sql"] for each in queries if re.match(r"\s*(SELECT|WITH)", each["sql"])]
        # Suspense looks up its account's number before.
        assert len(asked) == (2 if name == "suspense" else 1)
        assert len(queries) == first

    @pytest.mark.parametrize("name", [name for name in NAMES if name != "suspense"])
    def test_each_reads_only_its_period(self, name: str) -> None:
        with CaptureQueriesContext(connection) as queries:
            _DRAWN[name](WEEK)
        [sql] = [each["sql"] for each in queries if re.match(r"\s*(SELECT|WITH)", each["sql"])]
        forget_statistics()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert "Seq Scan" not in plan
        assert "payments_newest" in plan

    def test_suspense_reads_only_its_account(self) -> None:
        forget_statistics()
        values: dict[str, Any] = {"begin": WEEK.begins_at, "end": WEEK.ends_before, "account": 1}
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {facts._HELD}", values)
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert "wallet_posting_debit" in plan
        assert "wallet_posting_credit" in plan


class TestPages:
    def test_the_page_has_every_figure_with_its_table(self, support: Client) -> None:
        paid(1)
        page = support.get("/admin/charts/").content.decode()

        for name in NAMES:
            assert f'id="{name}-finding"' in page
            assert f"/admin/charts/{name}.svg?days=30" in page
            assert f"/admin/charts/{name}.csv?days=30" in page
        assert page.count('<svg xmlns="http://www.w3.org/2000/svg"') == 6
        assert page.count("<summary>Table") == 6
        assert "100.0 % of 1 prompt were paid" in page

    def test_periods_are_links(self, support: Client) -> None:
        page = support.get("/admin/charts/?days=7").content.decode()

        assert '<a class="chip" href="?days=7" aria-current="true">' in page
        assert support.get("/admin/charts/?days=8").status_code == 404

    @pytest.mark.parametrize("name", NAMES)
    def test_the_csv_has_the_numbers_of_the_table(self, name: str, support: Client) -> None:
        paid(1)
        failed(2)
        answer = support.get(f"/admin/charts/{name}.csv?days=7")

        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        cache.clear()
        figure = _DRAWN[name](WEEK)
        assert tuple(rows[0]) == figure.columns
        assert rows[1:] == [[f"{cell}" for cell in row] for row in figure.rows]
        assert "attachment" in answer.headers["Content-Disposition"]

    @pytest.mark.parametrize("name", NAMES)
    def test_the_svg_stands_on_its_own(self, name: str, support: Client) -> None:
        answer = support.get(f"/admin/charts/{name}.svg?days=7")

        root = ET.fromstring(answer.content)  # noqa: S314  # our own
        text = answer.content.decode()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert "prefers-color-scheme: dark" in text
        assert "var(" not in text
        assert "174379" in text
        assert len(re.findall(r"https?://", text)) == 1
        assert answer.headers["Content-Type"] == "image/svg+xml"
        assert "attachment" in answer.headers["Content-Disposition"]

    @pytest.mark.parametrize(
        "path", ["", *(f"{name}.{ending}" for name in NAMES for ending in ("svg", "csv"))]
    )
    def test_they_take_the_right_to_see_deposits(self, path: str) -> None:
        client = sign_in(make_operator("view_claim"))

        assert client.get(f"/admin/charts/{path}").status_code == 403

    def test_without_a_log_in_there_are_none(self, client: Client) -> None:
        assert client.get("/admin/charts/deposits.svg").status_code == 302

    def test_an_unknown_figure_is_not_there(self, support: Client) -> None:
        assert support.get("/admin/charts/moon.svg").status_code == 404

    def test_nothing_is_changed_by_them(self, support: Client) -> None:
        assert support.post("/admin/charts/").status_code == 405
        assert support.post("/admin/charts/hours.csv").status_code == 405

    def test_a_database_that_is_too_slow_is_said(
        self, support: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(facts, "_DAYS", "SELECT pg_sleep(2)")
        monkeypatch.setattr(facts, "_MOST_MS", 20)

        page = support.get("/admin/charts/").content.decode()

        assert page.count("Not known: the database did not answer in time") == 1
        with pytest.raises(DatabaseError):
            facts.list_days(WEEK)


class TestWithoutColour:
    def test_kinds_of_bars_differ_in_more_than_colour(self) -> None:
        paid(1)
        failed(2)
        store(3)

        drawing = deposits().drawing

        assert 'fill="url(#deposits-stripes)"' in drawing
        for kind in ("solid", "striped", "outlined"):
            assert f'class="{kind}"' in drawing
        for name in ("paid", "not paid", "no answer"):
            assert f">{name}</text>" in drawing

    def test_each_drawing_has_a_title_and_a_description_and_no_style(self) -> None:
        for name in NAMES:
            figure = _DRAWN[name](WEEK)
            root = ET.fromstring(figure.drawing)  # noqa: S314  # our own
            named = root.get("aria-labelledby", "").split()
            texts = {each.get("id"): each.text for each in root if each.get("id")}
            assert [bool(texts[each]) for each in named] == [True, True]
            assert not [each for each in root.iter() if "style" in each.attrib]

    def test_every_class_has_a_colour(self) -> None:
        path = finders.find("console/chart.css")
        assert isinstance(path, str)
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            css = file.read()
        found = [facts.Hour(1, 10, 100, 95), facts.Hour(2, 11, 20, 5)]
        drawings = [_DRAWN[name](WEEK).drawing for name in NAMES]
        drawings.append(prompts.draw_hours(found).drawing)

        used = {
            each for text in drawings for names in re.findall(r'class="([^"]+)"', text)
            for each in names.split()
        }  # fmt: skip
        assert {each for each in used if f".{each}" not in css} == set()

    def test_the_files_colours_are_those_of_the_console(self) -> None:
        style = file_style()

        assert "var(" not in style
        assert "#0a6847" in style
        assert style.index("#5dd6a0") > style.index("prefers-color-scheme: dark")


class TestParts:
    @pytest.mark.parametrize(
        ("part", "whole", "said"),
        [
            (1, 2, "50.0 %"), (0, 3, "0.0 %"), (3, 3, "100.0 %"), (9999, 10_000, "99.9 %"),
            (1, 100_000, "0.1 %"), (0, 0, "\u2013"),
        ],
    )  # fmt: skip
    def test_a_share_is_whole_only_if_it_is(self, part: int, whole: int, said: str) -> None:
        assert percent(part, whole) == said

    @pytest.mark.parametrize(
        ("highest", "steps"),
        [(0, [1]), (1, [1]), (3, [1, 2, 3]), (7, [2, 4, 6, 8]), (1402, [500, 1000, 1500])],
    )
    def test_scales_have_round_steps(self, highest: int, steps: list[int]) -> None:
        assert round_steps(highest) == steps

    def test_a_period_ends_today_in_nairobi(self) -> None:
        late = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)

        assert f"{period(7, late).last}" == "2026-11-21"
        assert len(days_of(period(90, late))) == 90

    def test_numbers_have_their_noun(self) -> None:
        assert (count_of(1, "day"), count_of(1204, "day")) == ("1 day", "1,204 days")

    def test_an_empty_bar_and_an_empty_line_are_not_drawn(self) -> None:
        canvas = Canvas("x", 10, 10, title="t", described="d")
        canvas.bar((0, 0), (5, 0), "solid")
        canvas.line([], "curve")

        assert "solid" not in canvas.as_fragment()
        assert "curve" not in canvas.as_fragment()

    @pytest.mark.parametrize("days", [7, 30, 90])
    def test_every_period_is_drawn(self, days: int) -> None:
        span = period(days, NOW)
        for name in NAMES:
            assert len(_DRAWN[name](span).drawing) > 300

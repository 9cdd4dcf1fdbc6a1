"""Statements of account, in the three formats and both kinds of file."""

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from daraja_simulator.clock import EAT
from daraja_simulator.sheets import workbook

from .harness import PHONE, SimulatorClient

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def eventful(client: SimulatorClient) -> dict[str, str]:
    """Let every kind of movement happen; the receipts by name."""
    client.control("PATCH", f"/customers/{PHONE}", {"name": "Jane Wanjiru Doe"})
    receipts = {"prompt": client.settled_push()["receipt"]}
    receipts["hand"] = client.pay(1_200, account_reference="0012")["receipt"]
    receipts["free"] = client.pay(50)["receipt"]
    receipts["overdraft"] = client.pay(60, way="overdraft")["receipt"]
    receipts["ratiba"] = client.pay(70, way="ratiba")["receipt"]
    body = {"amount": 90, "name": "ACME B2C", "account_reference": "A"}
    receipts["other"] = client.control("POST", "/shortcodes/174379/receive", body)["receipt"]
    receipts["back"] = client.control("POST", f"/payments/{receipts['free']}/reverse")["receipt"]
    client.control("POST", "/shortcodes/174379/sweep", {"amount": 1_000})
    return receipts


def table(client: SimulatorClient, query: str = "", skipped: int = 6) -> list[dict[str, str]]:
    """The rows of a statement in CSV under its header, which follows so many lines."""
    response = client.http.get(f"/control/statement{query}")
    assert response.status_code == 200, response.text
    lines = response.content.decode("utf-8").split("\r\n")
    return list(csv.DictReader(lines[skipped:]))


def money(text: str) -> int:
    """An amount of whole KES."""
    return int(float(text.replace(",", "") or 0))


class TestFormatA:
    def test_preamble_agrees_with_the_rows(self, automatic: SimulatorClient) -> None:
        eventful(automatic)
        preamble = list(csv.reader(io.StringIO(automatic.http.get("/control/statement").text)))[:6]
        labels = {
            label: value
            for row in preamble
            for label, value in itertools.pairwise(row)
            if label.endswith(":")
        }
        rows = table(automatic)

        paid_in = sum(money(row["Paid In"]) for row in rows)
        withdrawn = sum(money(row["Withdrawn"]) for row in rows)
        assert labels["Short Code:"] == "174379"
        assert labels["Account:"] == "Utility Account"
        assert money(labels["Total Paid In:"]) == paid_in
        assert money(labels["Total Withdrawn:"]) == withdrawn < 0
        assert money(labels["Opening Balance:"]) == 50_000
        assert money(labels["Closing Balance:"]) == 50_000 + paid_in + withdrawn
        assert re.fullmatch(r"\d\d-\d\d-\d{4} 00:00:00", preamble[3][2])

    def test_newest_first_with_a_balance_that_chains(self, automatic: SimulatorClient) -> None:
        eventful(automatic)
        rows = table(automatic)

        for newer, older in itertools.pairwise(rows):
            moved = money(newer["Paid In"]) + money(newer["Withdrawn"])
            assert money(newer["Balance"]) == money(older["Balance"]) + moved

    def test_chains_when_a_validation_takes_its_time(self, automatic: SimulatorClient) -> None:
        automatic.register()
        automatic.merchant.wait_s = 0.3
        body = {"ShortCode": 174379, "CommandID": "CustomerPayBillOnline", "Amount": 50,
                "Msisdn": PHONE, "BillRefNumber": "KBZ7"}  # fmt: skip
        automatic.call("/mpesa/c2b/v2/simulate", body)
        automatic.control("POST", "/shortcodes/174379/fund", {"amount": 7})
        automatic.settle()

        for query in ("", "?listed=all"):
            newest, older = table(automatic, query)
            assert (newest["Paid In"], older["Paid In"]) == ("50.00", "7.00")
            assert (newest["Balance"], older["Balance"]) == ("50057.00", "50007.00")

    def test_a_clock_that_is_behind_puts_a_row_before_the_others(
        self, automatic: SimulatorClient
    ) -> None:
        """So a statement begins before the first payment that it is to prove."""
        automatic.control("PATCH", "/settings", {"clock_ahead_seconds": -600})
        automatic.control("POST", "/shortcodes/174379/fund", {"amount": 7})
        automatic.control("PATCH", "/settings", {"clock_ahead_seconds": 0})
        automatic.pay(50)

        newest, oldest = table(automatic)

        assert (newest["Paid In"], oldest["Paid In"]) == ("50.00", "7.00")
        assert (newest["Balance"], oldest["Balance"]) == ("50057.00", "50007.00")
        begun, ended = (
            datetime.strptime(row["Completion Time"], "%d-%m-%Y %H:%M:%S")  # noqa: DTZ007
            for row in (oldest, newest)
        )
        assert timedelta(seconds=599) <= ended - begun < timedelta(seconds=660)

    def test_charge_is_a_twin_with_the_same_receipt(self, automatic: SimulatorClient) -> None:
        receipts = eventful(automatic)
        twins = [row for row in table(automatic) if row["Receipt No."] == receipts["hand"]]

        charge, payment = twins
        assert (charge["Details"], charge["Paid In"], charge["Withdrawn"]) == (
            "Pay Bill Charge", "", "-15.00",
        )  # fmt: skip
        assert charge["Other Party Info"] == "SP"
        assert (payment["Paid In"], payment["Withdrawn"]) == ("1200.00", "")
        assert payment["A/C No."] == "0012"
        assert payment["Other Party Info"] == "25471****678 - JANE **** DOE"
        assert payment["Details"] == "Pay Bill from 25471****678 - JANE **** DOE Acc. 0012"

    def test_reason_types(self, automatic: SimulatorClient) -> None:
        receipts = eventful(automatic)
        reasons = {
            row["Receipt No."]: row["Reason Type"]
            for row in table(automatic)
            if "Charge" not in row["Details"]
        }

        assert [reasons[receipts[name]] for name in ("prompt", "hand", "overdraft", "ratiba")] == [
            "Pay Utility", "Pay Bill Online", "Pay Utility with OD Online",
            "Standing Order Pay Bill",
        ]  # fmt: skip
        assert reasons[receipts["other"]] == "Organization To Organization Transfer"
        assert "Utility Account to Organization Settlement Account" in reasons.values()

    def test_reversal_is_linked_to_its_payment(self, automatic: SimulatorClient) -> None:
        receipts = eventful(automatic)
        (row,) = [r for r in table(automatic) if r["Receipt No."] == receipts["back"]]

        assert row["Linked Transaction ID"] == receipts["free"]
        assert (row["Paid In"], row["Withdrawn"]) == ("", "-50.00")

    def test_till(self, automatic: SimulatorClient) -> None:
        automatic.pay(500, shortcode="7654321", account_reference="")
        charge, payment = table(automatic, "?shortcode=7654321")

        assert charge["Details"] == "Pay merchant Charge"
        assert payment["Details"].startswith("Merchant Payment from")
        assert payment["A/C No."] == ""

    def test_no_twins_where_the_payer_pays(self, start: Callable[..., SimulatorClient]) -> None:
        client = start(business_pays_charges=False)
        client.pay(500)

        assert len(table(client)) == 1

    def test_old_address(self, automatic: SimulatorClient) -> None:
        eventful(automatic)

        old = automatic.http.get("/control/statement.csv")
        assert (
            old.text.split("\r\n")[6:]
            == (automatic.http.get("/control/statement?format=a").text.split("\r\n")[6:])
        )


class TestFormatB:
    def test_rows(self, automatic: SimulatorClient) -> None:
        receipts = eventful(automatic)
        rows = table(automatic, "?format=B", skipped=0)

        assert list(rows[0]) == [
            "Receipt No", "Completion Time", "Details", "Transaction Status", "Paid In (KSHs)",
            "Withdrawn (KSHs)", "Balance (KSHs)",
        ]  # fmt: skip
        hand = [row for row in rows if row["Receipt No"] == receipts["hand"]][-1]
        assert (hand["Paid In (KSHs)"], hand["Withdrawn (KSHs)"]) == ("1,200.00", "0.00")
        assert re.fullmatch(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", hand["Completion Time"])
        assert hand["Details"].endswith("Acc. 0012")
        prompt = [row for row in rows if row["Receipt No"] == receipts["prompt"]][-1]
        assert prompt["Details"].endswith("Acc. DEP7K2M9QX via API by api")

    def test_sweep_is_a_pair(self, automatic: SimulatorClient) -> None:
        eventful(automatic)
        pair = [r for r in table(automatic, "?format=B", skipped=0) if "Settlement" in r["Details"]]

        assert pair[0]["Receipt No"] == pair[1]["Receipt No"]
        assert [(r["Paid In (KSHs)"], r["Withdrawn (KSHs)"]) for r in pair] == [
            ("1,000.00", "0.00"), ("0.00", "-1,000.00"),
        ]  # fmt: skip

    def test_period_is_in_the_name_of_the_file(self, automatic: SimulatorClient) -> None:
        today = datetime.now(EAT).date()
        answer = automatic.http.get("/control/statement?format=B")

        name = answer.headers["Content-Disposition"]
        assert f"Statements%20for%20174379%20from%20{today}%20to%20{today}.csv" in name

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
    def test_encodings(self, automatic: SimulatorClient, encoding: str) -> None:
        automatic.control("PATCH", f"/customers/{PHONE}", {"name": "Zoë Ω"})
        automatic.pay(50)
        answer = automatic.http.get(f"/control/statement?format=B&encoding={encoding}")

        assert answer.content.startswith(b"\xef\xbb\xbf") == (encoding == "utf-8-sig")
        assert "ZOË" in answer.content.decode(encoding)


class TestFormatD:
    def test_header_stands_in_row_9(self, automatic: SimulatorClient) -> None:
        receipts = eventful(automatic)
        rows = table(automatic, "?format=D", skipped=8)

        hand = [row for row in rows if row["Receipt No"] == receipts["hand"]][-1]
        assert (hand["Paid in"], hand["Withdrawn"]) == ("1200", "0")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", hand["Completion Time"])
        assert hand["Transaction Type"] == "Pay Bill Online"


class TestWorkbook:
    @pytest.mark.parametrize("form", ["A", "B", "D"])
    def test_has_the_cells_of_the_csv(self, automatic: SimulatorClient, form: str) -> None:
        eventful(automatic)
        answer = automatic.http.get(f"/control/statement?format={form}&file=xlsx")
        text = automatic.http.get(f"/control/statement?format={form}").text
        expected = list(csv.reader(io.StringIO(text)))

        cells = cells_of(answer.content)
        # The row "Date of Report" has the time of the request, which differs.
        assert without_date_of_report(cells) == without_date_of_report(expected)
        assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")

    def test_writes_no_markup_and_no_control_characters(self) -> None:
        assert cells_of(workbook("a&b", [["<b>&\x00\x07", 5]])) == [["<b>&", "5"]]


def without_date_of_report(rows: list[list[str]]) -> list[list[str]]:
    """All rows but the one with the time of the request."""
    return [row for row in rows if "Date of Report" not in "".join(row)]


def cells_of(content: bytes) -> list[list[str]]:
    """The cells of a workbook, as text."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        root = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314  ours
    return [
        ["".join(cell.itertext()) for cell in row.iter(f"{SHEET}c")]
        for row in root.iter(f"{SHEET}row")
    ]


class TestPeriod:
    def test_before_and_after(self, automatic: SimulatorClient) -> None:
        automatic.pay(500)
        today = datetime.now(EAT).date()
        tomorrow, yesterday = today + timedelta(days=1), today - timedelta(days=1)

        assert table(automatic, f"?from={yesterday}&to={yesterday}") == []
        assert table(automatic, f"?from={tomorrow}&to={tomorrow}") == []
        later = automatic.http.get(f"/control/statement?from={tomorrow}&to={tomorrow}").text
        assert "Opening Balance:,50495.00,Closing Balance:,50495.00" in later
        assert len(table(automatic, f"?from={today}&to={today}")) == 2

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("format=C", 400), ("listed=some", 400), ("file=pdf", 400), ("encoding=utf-16", 400),
            ("from=30-11-2026", 400), ("shortcode=1", 404),
        ],
    )  # fmt: skip
    def test_impossible(self, automatic: SimulatorClient, query: str, status: int) -> None:
        answer = automatic.http.get(f"/control/statement?{query}")

        assert answer.status_code == status
        assert answer.json()["error"]


class TestDeclined:
    @pytest.mark.parametrize(
        ("query", "skipped", "status"),
        [
            ("", 6, None), ("?listed=all", 6, "Paid In"),
            ("?format=B&listed=all", 0, "Paid In (KSHs)"), ("?format=D&listed=all", 8, "Paid in"),
        ],
    )  # fmt: skip
    def test_listed_only_where_asked_for_and_no_money(
        self, automatic: SimulatorClient, query: str, skipped: int, status: str | None
    ) -> None:
        automatic.register()
        automatic.merchant.answers["/validation"] = {"ResultCode": "C2B00012"}
        body = {"amount": 80, "account_reference": "KBZ7"}
        automatic.http.post(f"/control/customers/{PHONE}/pay", json=body)
        rows = table(automatic, query, skipped)

        assert [row["Transaction Status"] for row in rows] == (["Declined"] if status else [])
        if status:
            assert money(rows[0][status]) == 80
        text = automatic.http.get(f"/control/statement{query}").text
        assert skipped != 6 or "Closing Balance:,50000.00" in text
        assert automatic.book()["balanced"]


def test_every_payment_of_the_book_is_in_each_format(automatic: SimulatorClient) -> None:
    eventful(automatic)
    book: dict[str, Any] = automatic.book()
    payments = [p for phone in book["phones"].values() for p in phone["payments"]]
    wanted = {p["receipt"] for p in payments + book["organisations"]}

    for form in ("A", "B", "D"):
        text = automatic.http.get(f"/control/statement?format={form}").text
        assert {receipt for receipt in wanted if receipt in text} == wanted

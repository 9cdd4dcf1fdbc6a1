"""The simulator's statements as we read them: every kind of movement, layout and file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest

from daraja_simulator.tests.harness import (
    PHONE,
    LoopThread,
    Merchant,
    SimulatorClient,
    make_app,
)
from payments.statements import RowKind, StatementRow, check_statement, read_rows


@dataclass
class Business:
    """A simulated business after an eventful day, and the receipts of what happened."""

    client: SimulatorClient
    receipts: dict[str, str]

    def download(self, folder: Path, query: str) -> tuple[Path, str]:
        """A statement as the portal gives it: the file, and its name."""
        response = self.client.http.get(f"/control/statement?{query}")
        assert response.status_code == 200, response.text
        path = folder / "upload"
        path.write_bytes(response.content)
        return path, unquote(response.headers["Content-Disposition"].split("''")[1])


@pytest.fixture(scope="module")
def business() -> Iterator[Business]:
    """Payments by prompt and by hand, a charge each, a reversal, a payout, a sweep, a top-up."""
    thread = LoopThread()
    merchant = Merchant()
    merchant.url, callbacks = thread.serve(merchant.app())
    url, runner = thread.serve(make_app(automatic=True))
    client = SimulatorClient(url, merchant)
    client.control("PATCH", f"/customers/{PHONE}", {"name": "Jane Wanjiru Doe"})
    receipts = {"prompt": client.settled_push()["receipt"]}
    receipts["hand"] = client.pay(1_200, account_reference="850060")["receipt"]
    receipts["taken back"] = client.pay(900, account_reference="=1+1")["receipt"]
    receipts["reversal"] = client.control("POST", f"/payments/{receipts['taken back']}/reverse")[
        "receipt"
    ]
    body = {"amount": 90, "name": "ACME B2C", "account_reference": "A"}
    receipts["other"] = client.control("POST", "/shortcodes/174379/receive", body)["receipt"]
    client.control("POST", "/shortcodes/174379/sweep", {"amount": 1_000})
    client.control("POST", "/shortcodes/174379/fund", {"amount": 300})
    client.register()
    merchant.answers["/validation"] = {"ResultCode": "C2B00012"}
    declined = {"amount": 80, "account_reference": "KBZ7"}
    client.http.post(f"/control/customers/{PHONE}/pay", json=declined)
    yield Business(client, receipts)
    client.http.close()
    for each in (runner, callbacks):
        thread.run(each.cleanup())
    thread.close()


def _find(rows: list[StatementRow], receipt: str, kind: RowKind) -> StatementRow:
    (row,) = [row for row in rows if row.receipt == receipt and row.kind is kind]
    return row


@pytest.mark.parametrize(
    "file", ["csv&encoding=utf-8", "csv&encoding=utf-8-sig", "csv&encoding=cp1252", "xlsx"]
)
@pytest.mark.parametrize("layout", ["A", "B", "D"])
class TestEventfulDay:
    """The same movements, whatever they are written in."""

    def test_summary(self, business: Business, tmp_path: Path, layout: str, file: str) -> None:
        query = f"format={layout}&file={file}&listed=all"
        listed = business.client.control("GET", "/shortcodes")["shortcodes"]
        accounts = listed["174379"]["accounts"]

        summary = check_statement(*business.download(tmp_path, query))

        assert (summary.layout, summary.short_code) == (layout, "174379")
        assert summary.is_chained
        assert summary.names_accounts
        assert summary.opening == 50_000
        assert summary.closing == accounts["utility"]
        assert summary.counts == {
            RowKind.PAYMENT: 4,
            # M-Pesa charges nothing for 90 KES.
            RowKind.CHARGE: 3,
            # Layout B shows a sweep on both accounts.
            RowKind.SWEEP: 3 if layout == "B" else 2,
            RowKind.REVERSAL: 1,
            RowKind.OTHER: 0,
            RowKind.DECLINED: 1,
        }
        assert summary.begins_at is not None
        assert summary.first_row_at is not None
        assert summary.begins_at <= summary.first_row_at

    def test_rows(self, business: Business, tmp_path: Path, layout: str, file: str) -> None:
        query = f"format={layout}&file={file}"
        receipts = business.receipts

        rows = list(read_rows(*business.download(tmp_path, query)))

        hand = _find(rows, receipts["hand"], RowKind.PAYMENT)
        assert (hand.paid_in, hand.account_number) == (1_200, "850060")
        assert (hand.payer_name, hand.payer_number) == ("JANE **** DOE", "25471****678")
        assert _find(rows, receipts["hand"], RowKind.CHARGE).withdrawn == 15
        assert _find(rows, receipts["taken back"], RowKind.PAYMENT).account_number == "=1+1"
        reversal = _find(rows, receipts["reversal"], RowKind.REVERSAL)
        assert reversal.withdrawn == 900
        assert reversal.linked_receipt == (receipts["taken back"] if layout == "A" else None)
        assert _find(rows, receipts["prompt"], RowKind.PAYMENT).account_number
        assert _find(rows, receipts["other"], RowKind.PAYMENT).account_number == "A"


def test_till(business: Business, tmp_path: Path) -> None:
    business.client.merchant.answers.clear()
    business.client.pay(500, shortcode="7654321", account_reference="")

    summary = check_statement(*business.download(tmp_path, "shortcode=7654321"))

    assert (summary.counts[RowKind.PAYMENT], summary.counts[RowKind.CHARGE]) == (1, 1)
    assert not summary.names_accounts


@pytest.mark.parametrize("layout", ["A", "D"])
def test_day_without_movements(business: Business, tmp_path: Path, layout: str) -> None:
    query = f"format={layout}&from=2020-01-01&to=2020-01-02"

    summary = check_statement(*business.download(tmp_path, query))

    assert (summary.rows, summary.total_in, summary.total_out) == (0, 0, 0)

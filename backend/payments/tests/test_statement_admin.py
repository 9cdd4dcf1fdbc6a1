"""M-Pesa's statements in the admin: upload, lists, one action a row, the difference report."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from common import clock
from payments import statement_selectors
from payments.models import (
    StatementImport,
    StatementRow,
    StatementUpload,
    SuspenseCase,
    Transaction,
)
from payments.services.statement_uploads import import_next_upload
from payments.services.statements import purge_statement_rows, settle_row
from payments.tests.building import (
    NOON,
    OTHER_PHONE,
    RECEIPT,
    broken_table,
    make_customer,
    make_deposit,
    money,
    receive,
    success_body,
)
from payments.tests.statement_files import FIRST, LAST, Moved, write_statement
from payments.tests.test_suspense_admin import clerk
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

LIST = "/admin/payments/statementimport/"
ADD = f"{LIST}add/"
REFERENCE = "KP23456789AB"
PAID = Moved(account=REFERENCE, reason_type="Pay Utility")
REASON = "seen in the portal"
COUNTED = re.compile(r"counted at (\d\d:\d\d:\d\d)")
RIGHTS = ("view_statementimport", "add_statementimport", "change_statementrow")


@pytest.fixture
def deposit() -> Transaction:
    """Store a PENDING deposit of KES 500 with its account reference."""
    return make_deposit(make_customer(), account_reference=REFERENCE)


@pytest.fixture
def uploader() -> Client:
    """Sign in an operator who may upload and settle."""
    return clerk("254788888881", *RIGHTS, "change_suspensecase")


@pytest.fixture
def settler() -> Client:
    """Sign in another operator who may settle."""
    return clerk("254788888882", *RIGHTS, "change_suspensecase")


Upload = Callable[..., str]


@pytest.fixture
def upload(tmp_path: Path, uploader: Client) -> Upload:
    """Return what uploads a statement with these movements, and returns the page that follows."""

    def run(*movements: Moved, client: Client | None = None, **options: Any) -> str:
        path = write_statement(tmp_path, FIRST, *movements, LAST, **options)
        return send_statement(path, client or uploader)

    return run


def send_statement(path: Path, client: Client) -> str:
    """Upload a file, let the worker import it, and return the page that follows."""
    with path.open("rb") as file:
        answer = client.post(ADD, {"file": file}, follow=True)
    if import_next_upload(now=clock.now()) is not None:
        answer = client.get(answer.redirect_chain[-1][0], follow=True)
    return str(answer.content.decode())


def decide(client: Client, **form: Any) -> str:
    """Send a decision about the newest statement, and return the page that follows."""
    file = StatementImport.objects.latest("pk")
    sent = {"reason": REASON, **form}
    return str(client.post(f"{LIST}{file.pk}/change/", sent, follow=True).content.decode())


def row_of(receipt: str = RECEIPT) -> int:
    """Return the id of the row with this receipt."""
    return StatementRow.objects.get(receipt=receipt).pk


class TestUpload:
    def test_an_upload_shows_the_lists_and_moves_nothing(
        self, upload: Upload, deposit: Transaction
    ) -> None:
        page = upload(PAID)

        assert "KES \u2212502.00" in page
        assert "Credit the deposit" in page
        assert "Hold in suspense" in page
        assert money(deposit.user) == (0, 0)
        assert StatementImport.objects.get().uploaded_by is not None
        assert LogEntry.objects.count() == 1

    def test_one_that_is_too_large_is_refused_unread_and_in_words(self, uploader: Client) -> None:
        page = uploader.generic(
            "POST", ADD, b"--x", "multipart/form-data; boundary=x",
            headers={"content-length": str(64 * 1024 * 1024 + 1)},
        )  # fmt: skip

        assert page.status_code == 413
        assert "This file is larger than 64 MB, and nothing of it was stored." in page.text
        assert not StatementUpload.objects.exists()

    def test_the_same_file_is_refused(self, upload: Upload) -> None:
        upload(PAID)

        assert "this very file was imported before" in upload(PAID)

    def test_what_is_no_statement_is_refused(self, uploader: Client) -> None:
        file = BytesIO(b"<html>login</html>")
        file.name = "statement.xls"

        sent = uploader.post(ADD, {"file": file})
        import_next_upload(now=clock.now())
        page = uploader.get(sent["Location"]).content.decode()

        assert "Refused, and nothing was stored" in page
        assert "http-equiv" not in page
        assert not StatementImport.objects.exists()

    def test_it_may_be_larger_than_other_bodies(self, upload: Upload, deposit: Transaction) -> None:
        many = [Moved(f"NLJ2A{n:05d}", 10, account="rent") for n in range(1500)]

        upload(PAID, *many)

        assert StatementImport.objects.get().rows == 1503

    def test_not_without_the_right_nor_by_strangers(self, upload: Upload) -> None:
        looker = clerk("254788888883", "view_statementimport")

        upload(PAID, client=looker)
        upload(PAID, client=Client())
        assert not StatementImport.objects.exists()

    def test_nobodys_file_is_written_to_disk_before_they_are_known(
        self, upload: Upload, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise AssertionError("the body was read")

        monkeypatch.setattr("django.http.multipartparser.MultiPartParser.parse", fail)
        client = Client(enforce_csrf_checks=True)

        upload(PAID, client=client)
        looker = clerk("254788888883", "view_statementimport")
        looker.handler.enforce_csrf_checks = True
        upload(PAID, client=looker)

    def test_it_takes_the_token_of_the_form(self, upload: Upload, uploader: Client) -> None:
        uploader.handler.enforce_csrf_checks = True

        assert "CSRF" in upload(PAID)
        assert not StatementImport.objects.exists()

    def test_the_upload_is_deleted_at_once(
        self, upload: Upload, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = tmp_path / "uploads"
        folder.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(folder))

        upload(PAID)
        upload(PAID)

        assert list(folder.iterdir()) == []

    def test_the_list_and_the_form_are_shown(self, upload: Upload, uploader: Client) -> None:
        upload(PAID)

        assert "statement.csv" in uploader.get(LIST).content.decode()
        assert "Uploading moves no money" in uploader.get(ADD).content.decode()
        for key in ("999999", "x"):
            assert uploader.get(f"{LIST}{key}/change/").status_code == 404


class TestProgress:
    @pytest.fixture
    def address(self, uploader: Client, tmp_path: Path, deposit: Transaction) -> str:
        """Upload a file, and return the page of its progress; no worker runs yet."""
        path = write_statement(tmp_path, FIRST, PAID, LAST)
        with path.open("rb") as file:
            return str(uploader.post(ADD, {"file": file})["Location"])

    def test_it_looks_again_without_a_script_until_the_statement_is_there(
        self, uploader: Client, address: str, deposit: Transaction
    ) -> None:
        page = uploader.get(address).content.decode()
        assert '<meta http-equiv="refresh" content="2">' in page
        assert "waits for a worker" in page

        StatementUpload.objects.update(beat_at=NOON)
        assert "A worker has taken it up" in uploader.get(address).content.decode()

        StatementUpload.objects.update(step="read", rows_done=2, rows=2)
        page = uploader.get(address).content.decode()
        assert "2 rows so far" in page
        assert "<progress" not in page

        StatementUpload.objects.update(step="store", rows_done=1, rows=3)
        page = uploader.get(address).content.decode()
        assert "1 of 3 rows" in page
        assert '<progress max="3" value="1"' in page
        assert "Check the file against itself: done" in page

        StatementUpload.objects.update(beat_at=None)
        import_next_upload(now=clock.now())
        statement = StatementImport.objects.get()
        assert uploader.get(address)["Location"] == f"{LIST}{statement.pk}/change/"
        assert money(deposit.user) == (0, 0)

    def test_it_is_stopped_once(self, uploader: Client, address: str) -> None:
        page = uploader.post(address, {"stop": "1"}, follow=True).content.decode()

        assert "Nothing of the file is kept" in page
        assert "its import was stopped by" in page
        assert import_next_upload(now=clock.now()) is None
        page = uploader.post(address, {"stop": "1"}, follow=True).content.decode()
        assert "It had ended before" in page

    def test_not_without_the_right(self, address: str) -> None:
        looker = clerk("254788888883", "view_statementupload")
        stranger = clerk("254788888884", "view_transaction")

        assert "Stop, and forget" not in looker.get(address).content.decode()
        assert looker.post(address, {"stop": "1"}).status_code == 403
        assert stranger.get(address).status_code == 403
        assert StatementUpload.objects.get().state == "waiting"

    def test_one_that_is_not_there(self, uploader: Client, address: str) -> None:
        other = f"/admin/payments/statementupload/{StatementUpload.objects.get().pk + 1}/change/"

        assert uploader.get(other).status_code == 404
        assert "statement.csv" in uploader.get("/admin/payments/statementupload/").content.decode()


class TestSettling:
    def test_one_row(self, upload: Upload, settler: Client, deposit: Transaction) -> None:
        upload(PAID)

        page = decide(settler, list="theirs_only", row=row_of())

        assert "1 credited" in page
        assert "credited by" in page
        assert money(deposit.user) == (500, 0)

    def test_all_of_a_list(self, upload: Upload, settler: Client, deposit: Transaction) -> None:
        upload(PAID)

        page = decide_page(settler)
        assert "All 3 that can be done: KES 502.00." in page
        page = decide(settler, list="theirs_only", all="1", count="3")

        assert "1 credited" in page
        assert "2 held in suspense" in page
        assert "KES 0.00" in page
        assert money(deposit.user) == (500, 2)

    @pytest.mark.parametrize("count", ["", "2", "4", "x", "9" * 30])
    def test_all_takes_how_many_they_are(
        self, upload: Upload, settler: Client, deposit: Transaction, count: str
    ) -> None:
        """A payment that came after the page was shown is not settled with it."""
        upload(PAID)

        page = decide(settler, list="theirs_only", all="1", count=count)

        assert "3 wait now, KES 502.00. Type 3 to do all." in page or "whole number" in page
        assert money(deposit.user) == (0, 0)
        page = decide(settler, list="unpaid", all="1", count="1")
        assert "0 wait now" in page

    def test_an_error_of_a_row_is_told(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        upload(PAID)

        with broken_table("payments_receipt", event="INSERT", sqlstate="23514"):
            page = decide(settler, list="theirs_only", row=row_of())

        assert "1 met an error" in page
        assert money(deposit.user) == (0, 0)

    def test_a_short_reason_is_asked_for_again(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        upload(PAID)

        page = decide(settler, list="theirs_only", row=row_of(), reason="ok")

        assert "at least 10 characters" in page
        assert money(deposit.user) == (0, 0)

    def test_the_uploader_settles_small_sums_only(
        self, upload: Upload, uploader: Client, deposit: Transaction, settings: Any
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 499
        upload(PAID)

        page = decide(uploader, list="theirs_only", row=row_of())

        assert "another operator than the uploader" in page
        assert money(deposit.user) == (0, 0)

    def test_not_without_the_right(self, upload: Upload, deposit: Transaction) -> None:
        upload(PAID)
        looker = clerk("254788888883", "view_statementimport")
        stranger = clerk("254788888884", "view_transaction")

        assert "Not for your rights" in decide(looker, list="theirs_only", row=row_of())
        assert "Not for your rights" in decide(stranger, list="theirs_only", row=row_of())
        assert '<button type="submit" name="row"' not in decide_page(looker)
        assert money(deposit.user) == (0, 0)

    @pytest.mark.parametrize("row", ["", "0", "999999", "x", "9" * 30])
    def test_a_row_that_is_not_there(
        self, upload: Upload, settler: Client, deposit: Transaction, row: str
    ) -> None:
        upload(PAID)

        assert "Nothing was chosen" in decide(settler, list="theirs_only", row=row)
        assert "Nothing was chosen" in decide(settler, list="unpaid", row=row)

    def test_a_row_of_another_file_is_not_settled_from_here(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        upload(PAID)
        other = row_of()
        upload()

        assert "Nothing was chosen" in decide(settler, list="theirs_only", row=other)

    def test_deposits_that_are_proven_unpaid(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        upload()

        assert "1 ended as not paid" in decide(settler, list="unpaid", row=deposit.pk)
        deposit.refresh_from_db()
        assert (deposit.status, deposit.result_code) == ("FAILED", "not_in_statement")

    def test_all_of_them(self, upload: Upload, settler: Client, deposit: Transaction) -> None:
        make_deposit(
            deposit.user,
            token="other",
            checkout_request_id="ws_2",
            account_reference="KP2345678ABC",
        )
        upload()

        assert "2 ended as not paid" in decide(settler, list="unpaid", all="1", count="2")

    def test_an_open_case_that_the_statement_lacks_is_closed(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        receive(success_body(amount=400))
        upload()
        case = SuspenseCase.objects.get()

        page = decide(settler, list="ours_only", row=case.pk)

        assert f"Case {case.pk} closed" in page
        case.refresh_from_db()
        assert case.decision == "not_in_books"
        assert money(deposit.user) == (0, 0)
        assert "does not prove it" in decide(settler, list="ours_only", row=case.pk)

    def test_a_large_case_takes_two(
        self, upload: Upload, settler: Client, deposit: Transaction, settings: Any
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 399
        receive(success_body(amount=400))
        upload()

        page = decide(settler, list="ours_only", row=SuspenseCase.objects.get().pk)

        assert "above the limit of one operator" in page

    def test_a_payment_that_is_booked_for_another_deposit_is_named(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        make_deposit(
            make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_2",
            account_reference="KP2345678ABC",
        )  # fmt: skip
        receive(success_body())
        upload(replace(PAID, account="KP2345678ABC"))

        page = decide_page(settler, "?list=other_deposit")

        assert "Booked for another deposit or customer than M-PESA names" in page
        assert f">deposit {deposit.pk}</a>" in page
        assert '<button type="submit" name="row"' not in page

    def test_it_is_compared_again(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        upload(PAID)
        receive(success_body())

        page = decide(settler, list="both", again="1", reason="")

        assert "KES \u22122.00" in page
        assert RECEIPT in page


class TestLargeFile:
    """Its pages count seldom, and never show what was true before a decision."""

    @pytest.fixture(autouse=True)
    def _every_file_is_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(statement_selectors, "LARGE", 1)

    def test_what_came_since_is_counted_later(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        page = upload(PAID)
        counted = COUNTED.findall(page)
        make_deposit(
            make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_2",
            account_reference="KP2345678ABC",
        )  # fmt: skip

        page = decide_page(settler, "?list=unpaid")

        assert len(counted) == 1
        assert COUNTED.findall(page) == counted
        # Its page is read as it is now, whatever was counted.
        assert "KP2345678ABC" in page

    def test_a_settled_row_is_counted_at_once(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        assert "KES \u2212502.00" in upload(PAID)

        page = decide(settler, list="theirs_only", row=row_of())

        assert "1 credited" in page
        assert "KES \u22122.00" in page

    def test_so_is_a_closed_case(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        receive(success_body(amount=400))
        assert "KES 398.00" in upload()

        page = decide(settler, list="ours_only", row=SuspenseCase.objects.get().pk)

        assert "KES \u22122.00" in page

    def test_and_what_was_compared_again(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        upload(PAID)
        receive(success_body())
        assert "KES \u2212502.00" in decide_page(settler)

        page = decide(settler, list="both", again="1", reason="")

        assert "KES \u22122.00" in page

    def test_all_are_those_that_wait_now(
        self, upload: Upload, settler: Client, deposit: Transaction
    ) -> None:
        """The counted rows are old; what is settled takes the true count."""
        upload(PAID)
        decide_page(settler)
        other = User.objects.get(phone_number="254788888882")
        settle_row(row_id=row_of(), operator=other, reason=REASON, now=clock.now())

        page = decide(settler, list="theirs_only", all="1", count="3")

        assert "2 wait now, KES 2.00. Type 2 to do all." in page


def decide_page(client: Client, query: str = "") -> str:
    """Return the page of the newest statement."""
    file = StatementImport.objects.latest("pk")
    return str(client.get(f"{LIST}{file.pk}/change/{query}").content.decode())


class TestPages:
    @pytest.mark.parametrize(
        "name",
        [
            "theirs_only", "fills", "amount_differs", "other_deposit", "reversal_untold",
            "ours_only", "unpaid", "both", "taken_back", "reversed_known", "charge", "sweep",
            "other", "declined", "x",
        ],
    )  # fmt: skip
    def test_each_list_is_shown(
        self, upload: Upload, uploader: Client, deposit: Transaction, name: str
    ) -> None:
        receive(success_body())
        make_deposit(
            make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_2",
            account_reference="KP2345678ABC",
        )  # fmt: skip
        charge = Moved("NLJ7RT61SV", -5, details="Pay Bill Charge")
        upload(PAID, charge)

        page = decide_page(uploader, f"?list={name}&page=x")

        assert "Page 1 of 1" in page

    def test_the_pages_of_a_list(self, upload: Upload, uploader: Client) -> None:
        upload(*[Moved(f"NLJ2A{n:05d}", 10, account="rent") for n in range(60)])

        assert "Page 1 of 2" in decide_page(uploader)
        page = decide_page(uploader, "?list=theirs_only&page=2")
        assert "Previous page" in page

    def test_no_script_or_style_is_in_the_page(self, upload: Upload, uploader: Client) -> None:
        page = upload(PAID)
        form = uploader.get(ADD).content.decode()

        content = page[page.index('id="content-main"') :]
        for text in (content, form[form.index("multipart") :]):
            assert "style=" not in text
            assert "<style" not in text
            assert "onclick" not in text

    def test_the_difference_report_has_no_formulas(
        self, upload: Upload, uploader: Client, deposit: Transaction
    ) -> None:
        receive(success_body())
        upload(Moved("NLJ7RT61SX", 50, account="=cmd()", details="=HYPERLINK(1)"))
        file = StatementImport.objects.get()

        answer = uploader.get(f"{LIST}{file.pk}/change/?export=csv")
        body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

        rows = list(csv.reader(StringIO(body)))
        assert rows[0][0] == "List"
        cells = [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]
        assert cells == []
        assert any(row[2] == RECEIPT and row[0].startswith("Ours only") for row in rows)
        assert any(row[2] == "NLJ7RT61SX" and row[6] == "Hold in suspense" for row in rows)
        assert answer["Content-Disposition"].startswith("attachment")


def test_a_statement_whose_rows_were_deleted_says_so(
    upload: Upload, settler: Client, deposit: Transaction
) -> None:
    upload(PAID)
    purge_statement_rows(now=clock.now() + timedelta(days=91))

    assert "proves nothing any more" in decide_page(settler)


def test_an_operator_who_is_the_customer_settles_nothing_of_theirs(
    upload: Upload, deposit: Transaction
) -> None:
    User.objects.filter(pk=deposit.user_id).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(User.objects.get(pk=deposit.user_id))
    upload(PAID)

    assert "money of their own" in decide(client, list="theirs_only", row=row_of())

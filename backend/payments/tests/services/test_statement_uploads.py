"""Uploaded statements: kept, imported by a worker exactly once, and forgotten."""

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.db import transaction as db_transaction

from common import clock
from common.db import call_function
from payments.models import (
    StatementImport,
    StatementRow,
    StatementUpload,
    StatementUploadPart,
)
from payments.services import statement_uploads, statements
from payments.services.statement_uploads import (
    MOST_ATTEMPTS,
    SILENT_FOR,
    UploadEnded,
    describe,
    import_next_upload,
    keep_upload,
    stop_upload,
)
from payments.services.statements import AlreadyImported, import_statement
from payments.tests.building import NOON
from payments.tests.statement_files import FIRST, LAST, Moved, write_statement
from payments.tests.statement_rows import add_file
from payments.tests.statements.building import as_workbook
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(days=1)


@pytest.fixture
def operator() -> User:
    """Store an operator."""
    return User.objects.create_superuser("254799999999", "a-good-password")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Write a statement of four movements."""
    return write_statement(tmp_path, FIRST, Moved(), Moved("NLJ7RT61SW", 20), LAST)


def keep(path: Path, operator: User, now: datetime = LATER) -> StatementUpload:
    """Keep a file, as its upload does."""
    with path.open("rb") as file:
        return keep_upload(file=file, name=path.name, uploaded_by=operator, now=now)


@pytest.fixture
def upload(path: Path, operator: User) -> StatementUpload:
    """Keep the file."""
    return keep(path, operator)


def _state(upload: StatementUpload) -> tuple[str, int, int]:
    """Return the upload's state, and how many parts and statements there are."""
    upload.refresh_from_db()
    parts = StatementUploadPart.objects.filter(upload=upload).count()
    return upload.state, parts, StatementImport.objects.count()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let the end of an import fail as a killed process would: nothing of it is committed."""

    def fail(*_: object) -> None:
        raise OperationalError("the connection is gone")

    with monkeypatch.context() as patched:
        patched.setattr(statement_uploads, "_end", fail)
        yield patched


class TestKeeping:
    def test_the_file_is_kept_in_parts(
        self, path: Path, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(statement_uploads, "_PART", 100)

        upload = keep(path, operator)

        kept = [part.content for part in upload.parts.all()]
        assert len(kept) > 2
        assert b"".join(bytes(part) for part in kept) == path.read_bytes()
        assert upload.size == path.stat().st_size
        assert import_next_upload(now=LATER) == upload
        assert _state(upload) == ("done", 0, 1)

    def test_the_same_file_waits_once(
        self, upload: StatementUpload, path: Path, operator: User
    ) -> None:
        assert keep(path, operator) == upload
        assert StatementUpload.objects.count() == 1

    def test_two_at_the_same_moment_wait_once(
        self, upload: StatementUpload, path: Path, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither saw the other when it looked."""
        seen = iter([None, upload])
        monkeypatch.setattr(statement_uploads, "_find_waiting", lambda _: next(seen))

        assert keep(path, operator) == upload
        assert StatementUploadPart.objects.count() == 1

    def test_one_that_the_database_refuses_is_an_error(
        self, upload: StatementUpload, path: Path, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(statement_uploads, "_find_waiting", lambda _: None)

        with pytest.raises(IntegrityError):
            keep(path, operator)

    def test_one_that_was_imported_is_refused(
        self, upload: StatementUpload, path: Path, operator: User
    ) -> None:
        import_next_upload(now=LATER)

        with pytest.raises(AlreadyImported):
            keep(path, operator)

    def test_numbers_in_its_name_are_masked(self, tmp_path: Path, operator: User) -> None:
        path = write_statement(tmp_path, FIRST, LAST, name="of 0712345678.csv")

        assert "0712345678" not in keep(path, operator).file_name


class TestImporting:
    def test_nothing_waits(self) -> None:
        assert import_next_upload(now=LATER) is None

    def test_one_is_imported_with_its_uploader(
        self, upload: StatementUpload, operator: User
    ) -> None:
        assert import_next_upload(now=LATER) == upload

        assert _state(upload) == ("done", 0, 1)
        statement = StatementImport.objects.get()
        assert (statement.uploaded_by, statement.rows, statement.state) == (operator, 4, "ready")
        assert upload.statement == statement
        assert import_next_upload(now=LATER + timedelta(days=1)) is None

    def test_one_that_contradicts_itself_is_refused_in_words(
        self, tmp_path: Path, operator: User
    ) -> None:
        path = tmp_path / "statement.csv"
        path.write_text("<html>log in</html>")
        upload = keep(path, operator)

        import_next_upload(now=LATER)

        assert _state(upload) == ("refused", 0, 0)
        assert "statement" in upload.reason
        # The same file may be sent again, and is refused again.
        assert keep(path, operator) != upload

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("1.00", "1" * 30, "more than twelve digits"),
            ("1.00", "1" * 13, "more than twelve digits"),
            ("20-11-2026", "20-11-99999", "a year that no statement"),
            ("20-11-2026", "20-11-0001", "a year that no statement"),
            ("20-11-2026", "20-11-9999", "outside the statement's period"),
            ("Pay Bill from", "Pay Bill\0from", "a NUL byte"),
        ],
    )
    def test_a_value_that_cannot_be_stored_is_named_in_words(
        self, path: Path, operator: User, old: str, new: str, says: str
    ) -> None:
        head, header, rows = path.read_text().partition("Receipt No.")
        path.write_text(head + header + rows.replace(old, new, 1))
        upload = keep(path, operator)

        import_next_upload(now=LATER)

        assert _state(upload) == ("refused", 0, 0)
        assert says in upload.reason
        assert not StatementRow.objects.exists()

    def test_sums_that_cannot_be_stored_refuse_the_file(
        self, tmp_path: Path, operator: User
    ) -> None:
        large = [
            Moved(f"NLJ2{n:06}", (-1) ** n * 900_000_000_000, NOON, "rent") for n in range(240)
        ]
        upload = keep(write_statement(tmp_path, FIRST, *large, LAST), operator)

        import_next_upload(now=LATER)

        assert _state(upload) == ("refused", 0, 0)
        assert "a sum" in upload.reason
        # Once, and not three times: it is the file that is wrong.
        assert upload.attempts == 1
        assert not StatementRow.objects.exists()

    def test_a_nul_that_a_workbook_writes_in_letters_is_taken_out(
        self, path: Path, tmp_path: Path, operator: User
    ) -> None:
        rows = [tuple(row) for row in csv.reader(path.read_text().splitlines())]
        named = [
            tuple(cell.replace("Pay Bill from", "Pay Bill_x0000_ from") for cell in row)
            for row in rows
        ]
        workbook = tmp_path / "statement.xlsx"
        workbook.write_bytes(as_workbook(named))
        upload = keep(workbook, operator)

        import_next_upload(now=LATER)

        assert _state(upload) == ("done", 0, 1)
        assert all("\0" not in row.details for row in StatementRow.objects.all())

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (b"%PDF-1.7\n%\xe2\xe3\n", "this is a PDF"),
            (b"<!DOCTYPE html><title>Log in</title>", "this is a web page"),
            (b'{"error": "session"}', "this is JSON"),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "this is no text"),
            (b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "this is no text"),
            (b"MZ\x90\0\x03\0\0\0", "this is no text"),
            (b"PK\x03\x04 and no archive", "damaged or not complete"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and no workbook", ""),
            (b"Date,Amount\r\n20-11-2026,500\r\n", "this is no statement"),
            (b" \r\n ", "the file is empty"),
        ],
    )
    @pytest.mark.parametrize("name", ["statement.csv", "statement.xlsx"])
    def test_a_file_that_is_not_what_its_name_says_is_named(
        self, tmp_path: Path, operator: User, body: bytes, says: str, name: str
    ) -> None:
        path = tmp_path / name
        path.write_bytes(body)
        upload = keep(path, operator)

        import_next_upload(now=LATER)

        assert _state(upload) == ("refused", 0, 0)
        assert says in upload.reason

    @pytest.mark.parametrize("name", ["statement.csv", "statement.pdf", "statement"])
    def test_a_workbook_under_any_name_is_read(
        self, path: Path, tmp_path: Path, operator: User, name: str
    ) -> None:
        rows = [tuple(row) for row in csv.reader(path.read_text().splitlines())]
        renamed = tmp_path / f"renamed-{name}"
        renamed.write_bytes(as_workbook(rows))
        upload = keep(renamed, operator)

        import_next_upload(now=LATER)

        assert _state(upload) == ("done", 0, 1)

    def test_one_of_another_business_is_refused(self, tmp_path: Path, operator: User) -> None:
        upload = keep(write_statement(tmp_path, FIRST, LAST, short_code="999999"), operator)

        import_next_upload(now=LATER)

        assert _state(upload)[0] == "refused"
        assert "not ours" in upload.reason

    def test_one_that_the_command_imported_meanwhile_is_refused(
        self, upload: StatementUpload, path: Path
    ) -> None:
        import_statement(path=path, name=path.name, uploaded_by=None, now=LATER)

        import_next_upload(now=LATER)

        assert _state(upload) == ("refused", 0, 1)
        assert "imported before" in upload.reason

    def test_the_oldest_comes_first(
        self, upload: StatementUpload, tmp_path: Path, operator: User
    ) -> None:
        other = keep(write_statement(tmp_path, FIRST, LAST, name="other.csv"), operator)

        assert import_next_upload(now=LATER) == upload
        assert import_next_upload(now=LATER) == other

    def test_how_far_it_is_can_be_seen_meanwhile(
        self, upload: StatementUpload, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen = []
        original = statements._compare

        def compare(*asked: Any) -> None:
            original(*asked)
            found = StatementUpload.objects.get()
            # On another connection: the import's own transaction does not hold what was said.
            seen.append((found.step, found.rows_done, found.rows))
            seen.append(tuple(describe(found).values()))

        monkeypatch.setattr(statements, "_compare", compare)
        monkeypatch.setattr(statement_uploads, "HEARTBEAT_EVERY_S", 0)

        import_next_upload(now=LATER)

        last_line = StatementImport.objects.get().lines.order_by("line").last()
        assert last_line is not None
        assert seen == [("compare", last_line.line, 4), (2, 4, 4)]

    def test_that_it_cannot_be_said_stops_no_import(
        self, upload: StatementUpload, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "now", lambda: "no time")
        monkeypatch.setattr(statement_uploads, "_end", _end_at_noon)

        import_next_upload(now=LATER)

        assert _state(upload) == ("done", 0, 1)


_original_end = statement_uploads._end


def _end_at_noon(upload: StatementUpload, statement: StatementImport) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", lambda: LATER)
        _original_end(upload, statement)


class TestBrokenOff:
    def test_it_is_taken_up_again_once_its_worker_is_silent(
        self, upload: StatementUpload, broken: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(OperationalError):
            import_next_upload(now=LATER)
        assert _state(upload) == ("waiting", 1, 0)
        broken.undo()
        StatementUpload.objects.update(beat_at=LATER)

        assert import_next_upload(now=LATER + SILENT_FOR - timedelta(seconds=1)) is None
        assert import_next_upload(now=LATER + SILENT_FOR) == upload

        assert _state(upload) == ("done", 0, 1)
        assert upload.attempts == 2

    def test_a_file_that_breaks_every_import_is_refused_in_the_end(
        self, upload: StatementUpload, broken: pytest.MonkeyPatch
    ) -> None:
        for attempt in range(MOST_ATTEMPTS):
            StatementUpload.objects.update(beat_at=None)
            with pytest.raises(OperationalError):
                import_next_upload(now=LATER)
            assert _state(upload) == ("waiting", 1, 0), attempt

        StatementUpload.objects.update(beat_at=None)
        import_next_upload(now=LATER)

        assert _state(upload) == ("refused", 0, 0)
        assert "3 times" in upload.reason

    def test_another_import_of_it_that_is_under_way_decides(
        self, upload: StatementUpload, path: Path
    ) -> None:
        """A worker that was only slow is still at it: this attempt does not count."""
        outcomes = []

        def meanwhile(_: StatementImport) -> None:
            outcomes.append(_in_another_thread(upload))

        import_statement(
            path=path, name=path.name, uploaded_by=None, now=LATER, before_commit=meanwhile
        )

        assert outcomes == [("waiting", 1, 0)]
        upload.refresh_from_db()
        assert upload.attempts == 0


def _in_another_thread(upload: StatementUpload) -> Any:
    def run() -> Any:
        try:
            import_next_upload(now=LATER)
            return _state(upload)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


class TestStopping:
    def test_the_file_is_forgotten(self, upload: StatementUpload, operator: User) -> None:
        assert stop_upload(upload, operator=operator, now=LATER)

        assert _state(upload) == ("refused", 0, 0)
        assert "stopped" in upload.reason
        assert import_next_upload(now=LATER) is None

    def test_one_that_has_ended_is_not_stopped(
        self, upload: StatementUpload, operator: User
    ) -> None:
        import_next_upload(now=LATER)

        assert not stop_upload(upload, operator=operator, now=LATER)
        assert _state(upload) == ("done", 0, 1)

    def test_while_it_is_imported_nothing_is_stored(
        self, upload: StatementUpload, operator: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = statements._compare

        def compare(*asked: Any) -> None:
            original(*asked)
            # As from another process: its commit does not wait for the import's.
            _stop_in_another_thread(upload, operator)

        monkeypatch.setattr(statements, "_compare", compare)

        assert import_next_upload(now=LATER) == upload

        assert _state(upload) == ("refused", 0, 0)

    def test_its_end_is_refused_then(self, upload: StatementUpload, operator: User) -> None:
        stop_upload(upload, operator=operator, now=LATER)

        with pytest.raises(UploadEnded):
            statement_uploads._end(upload, add_file())


def _stop_in_another_thread(upload: StatementUpload, operator: User) -> None:
    def run() -> None:
        try:
            assert stop_upload(upload, operator=operator, now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()


class TestGuards:
    @pytest.mark.parametrize(
        "fields",
        [
            {"state": "done", "ended_at": LATER},
            {"state": "refused", "ended_at": LATER},
            {"state": "refused", "reason": "why"},
            {"reason": "why"},
            {"ended_at": LATER},
            {"state": "refused", "reason": "why", "ended_at": NOON},
            {"file_name": "other.csv"},
            {"digest": "b" * 64},
        ],
    )
    def test_a_row_that_makes_no_sense_is_refused(
        self, upload: StatementUpload, fields: dict[str, Any]
    ) -> None:
        with pytest.raises(IntegrityError), db_transaction.atomic():
            StatementUpload.objects.update(**fields)

    def test_it_ends_once(self, upload: StatementUpload, operator: User) -> None:
        stop_upload(upload, operator=operator, now=LATER)

        with pytest.raises(IntegrityError, match="ends once"), db_transaction.atomic():
            StatementUpload.objects.update(state="waiting", reason="", ended_at=None)

    def test_the_record_and_its_parts_stay_as_they_are(self, upload: StatementUpload) -> None:
        StatementUploadPart.objects.filter(number__gt=0).delete()
        with pytest.raises(IntegrityError, match="stays"), db_transaction.atomic():
            call_function("DELETE FROM payments_statementupload RETURNING id", {})
        with pytest.raises(IntegrityError, match="never changes"), db_transaction.atomic():
            StatementUploadPart.objects.update(content=b"other")

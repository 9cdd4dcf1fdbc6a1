"""Rows of a statement settled beside themselves, and beside callbacks and pulls of the payment."""

from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from payments import services, statement_selectors
from payments.models import (
    StatementImport,
    StatementRow,
    StatementUpload,
    SuspenseCase,
    Transaction,
)
from payments.services import statement_uploads
from payments.services.pull import PullReport
from payments.services.statement_uploads import import_next_upload, keep_upload
from payments.services.statements import (
    AlreadyImported,
    confirm_unpaid,
    import_statement,
    settle_row,
    settle_rows,
)
from payments.services.suspense import Dismissal
from payments.tests.statement_files import Moved, write_statement
from tests.races import support
from tests.races.support import NOON, run_together, send, success_body
from tests.races.test_pulls import _give_number, _list, _row
from users.models import User

_NOW = NOON + timedelta(hours=6)
_ROUNDS = 4


def _load(folder: Path, *movements: Moved) -> StatementImport:
    first = Moved(support.make_receipt(), 1, NOON - timedelta(hours=4), "rent")
    last = Moved(support.make_receipt(), 1, NOON + timedelta(hours=5), "rent")
    path = write_statement(folder, first, *movements, last)
    return import_statement(path=path, name=path.name, uploaded_by=None, now=_NOW).file


def _settle(receipt: str) -> Any:
    row = StatementRow.objects.get(receipt=receipt)
    return partial(settle_row, row_id=row.pk, operator=None, reason="", now=_NOW)


def _operators(count: int) -> list[User]:
    return [
        User.objects.create_superuser(f"25479999990{n}", "a-good-password") for n in range(count)
    ]


class TestOnePayment:
    def test_one_row_settled_by_many_at_once_credits_once(self, tmp_path: Path) -> None:
        user = support.make_customer()
        receipt = support.make_receipt()
        _load(tmp_path, Moved(receipt, 500, NOON, _give_number(user)))

        outcomes = Counter(run_together([_settle(receipt)] * 12))

        assert outcomes == {"applied": 1, "already_settled": 11}
        support.assert_books_agree(wallets={user: 500})

    def test_beside_callbacks_and_pulls_of_the_same_payment(self, tmp_path: Path) -> None:
        users = {}
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt = support.open_prompt(user, 300)
            deposit = Transaction.objects.get(pk=prompt.transaction_id)
            receipt = support.make_receipt()
            reference = deposit.account_reference or ""
            _list(_row(receipt, reference, 300))
            _load(tmp_path, Moved(receipt, 300, NOON, reference))
            pull = partial(
                services.pull_payments, now=NOON + timedelta(minutes=1), window=timedelta(hours=2)
            )
            body = success_body(prompt, receipt=receipt)

            results = run_together([_settle(receipt), pull, partial(send, prompt, body)] * 4)

            assert not [found for found in results if isinstance(found, Exception)]
            assert sum(1 for found in results if isinstance(found, PullReport)) == 4
            users[user] = 300
        support.assert_books_agree(wallets=users)

    def test_many_operators_doing_all_that_can_be_done(self, tmp_path: Path) -> None:
        user = support.make_customer()
        number = _give_number(user)
        file = _load(
            tmp_path, *(Moved(support.make_receipt(), 100, NOON, number) for _ in range(10))
        )
        waiting = statement_selectors.list_waiting(file)

        reports = run_together(
            [
                partial(
                    settle_rows, row_ids=rows, operator=operator, reason="in the portal", now=_NOW
                )
                for operator in _operators(3)
                for rows in (waiting, waiting[::-1])
            ]
        )

        assert sum(report.counts.get("applied", 0) for report in reports) == 10
        assert all(report.failed == 0 for report in reports)
        # And the two payments around them, which nobody owns.
        support.assert_books_agree(in_suspense=2, wallets={user: 1000})

    def test_the_limit_of_the_uploader_holds_for_rows_at_once(
        self, tmp_path: Path, settings: Any
    ) -> None:
        settings.OPERATOR_APPROVAL_ABOVE = 1000
        user = support.make_customer()
        [uploader] = _operators(1)
        receipts = [support.make_receipt() for _ in range(8)]
        path = write_statement(tmp_path, *(Moved(each, 400, NOON, "") for each in receipts))
        import_statement(path=path, name=path.name, uploaded_by=uploader, now=_NOW)

        outcomes = Counter(
            run_together(
                [
                    partial(
                        settle_row,
                        row_id=StatementRow.objects.get(receipt=each).pk,
                        operator=uploader,
                        reason="in the portal",
                        now=_NOW,
                    )
                    for each in receipts
                ]
            )
        )

        assert outcomes == {"held": 2, "not_approved": 6}
        support.assert_books_agree(in_suspense=800, wallets={user: 0})


class TestUnpaid:
    def test_a_deposit_ended_while_its_callback_comes_is_credited(self, tmp_path: Path) -> None:
        users = {}
        file = _load(tmp_path)
        for _ in range(_ROUNDS):
            user = support.make_customer()
            prompt = support.open_prompt(user, 300)
            end = partial(
                confirm_unpaid,
                file=file,
                transaction_ids=[prompt.transaction_id],
                operator=None,
                reason="",
                now=_NOW,
            )
            body = success_body(prompt, receipt=support.make_receipt())

            results = run_together([end, partial(send, prompt, body)] * 3)

            assert not [found for found in results if isinstance(found, Exception)]
            users[user] = 300
        support.assert_books_agree(wallets=users)


class TestImport:
    def test_the_same_file_at_once_is_imported_once(self, tmp_path: Path) -> None:
        path = write_statement(tmp_path, Moved(support.make_receipt(), 500, NOON, "rent"))
        load = partial(import_statement, path=path, name=path.name, uploaded_by=None, now=_NOW)

        results = run_together([load] * 4)

        refused = [found for found in results if isinstance(found, AlreadyImported)]
        assert len(refused) == 3, results
        assert StatementImport.objects.count() == 1


class TestAfterAll:
    def test_a_case_that_was_said_to_be_in_no_book_is_credited_once(self, tmp_path: Path) -> None:
        """Beside its callback, which comes again, and beside many operators."""
        users = {}
        decider, *settlers = _operators(4)
        for number in range(_ROUNDS):
            user = support.make_customer()
            prompt = support.open_prompt(user, 300)
            deposit = Transaction.objects.get(pk=prompt.transaction_id)
            receipt = support.make_receipt()
            wrong = success_body(prompt, receipt=receipt, amount=1)
            send(prompt, wrong)
            case = SuspenseCase.objects.get(mpesa_receipt_number=receipt)
            if number % 2:
                services.resolve_suspense_case(
                    case=case, user=user, operator=decider, reason="seen an SMS", now=_NOW
                )
            else:
                services.dismiss_suspense_case(
                    case=case,
                    dismissal=Dismissal(SuspenseCase.Decision.NOT_IN_BOOKS),
                    operator=decider,
                    reason="not in the portal",
                    now=_NOW,
                )
            _load(tmp_path, Moved(receipt, 300, NOON, deposit.account_reference or ""))
            row = StatementRow.objects.get(receipt=receipt)
            settle = [
                partial(settle_row, row_id=row.pk, operator=one, reason="in the portal", now=_NOW)
                for one in settlers
            ]
            right = success_body(prompt, receipt=receipt, amount=300)

            results = run_together(
                [*settle, partial(send, prompt, wrong), partial(send, prompt, right)] * 2
            )

            assert not [found for found in results if isinstance(found, Exception)]
            outcomes = Counter(found for found in results if isinstance(found, str))
            assert outcomes["applied"] == 1, results
            users[user] = 300
        support.assert_books_agree(wallets=users)


class TestUploads:
    def test_many_workers_import_an_upload_once(self, tmp_path: Path) -> None:
        [operator] = _operators(1)
        path = write_statement(tmp_path, Moved(support.make_receipt(), 500, NOON, "rent"))
        with path.open("rb") as file:
            keep_upload(file=file, name=path.name, uploaded_by=operator, now=_NOW)

        results = run_together([partial(import_next_upload, now=_NOW)] * 6)

        assert not [found for found in results if isinstance(found, Exception)]
        upload = StatementUpload.objects.get()
        assert (upload.state, upload.attempts) == ("done", 1)
        assert StatementImport.objects.count() == 1

    def test_workers_that_believe_each_other_dead_import_it_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [operator] = _operators(1)
        path = write_statement(tmp_path, Moved(support.make_receipt(), 500, NOON, "rent"))
        with path.open("rb") as file:
            keep_upload(file=file, name=path.name, uploaded_by=operator, now=_NOW)
        monkeypatch.setattr(statement_uploads, "SILENT_FOR", timedelta(days=-365))
        monkeypatch.setattr(statement_uploads, "MOST_ATTEMPTS", 100)

        results = run_together([partial(import_next_upload, now=_NOW)] * 6)

        assert not [found for found in results if isinstance(found, Exception)]
        # What was imported is not refused by those who came too late.
        assert StatementUpload.objects.get().state == "done"
        assert StatementImport.objects.count() == 1

    def test_the_same_file_uploaded_at_once_waits_once(self, tmp_path: Path) -> None:
        [operator] = _operators(1)
        path = write_statement(tmp_path, Moved(support.make_receipt(), 500, NOON, "rent"))

        def keep() -> StatementUpload:
            with path.open("rb") as file:
                return keep_upload(file=file, name=path.name, uploaded_by=operator, now=_NOW)

        results = run_together([keep] * 6)

        assert not [found for found in results if isinstance(found, Exception)]
        assert StatementUpload.objects.count() == 1
        import_next_upload(now=_NOW)
        assert StatementImport.objects.get().rows == 1

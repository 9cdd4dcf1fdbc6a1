"""What is counted of a statement, and when it is counted again."""

import pickle
import time
from typing import Any

import pytest

from payments import statement_selectors
from payments.models import StatementImport, SuspenseCase, Transaction
from payments.statement_selectors import (
    forget_counts,
    lacks_case,
    list_ours_only_lately,
    summarise_lately,
)
from payments.tests.building import (
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from payments.tests.statement_rows import add_file, add_row

pytestmark = pytest.mark.django_db


def counted(file: StatementImport) -> int:
    """Return how many rows of all lists a page shows."""
    return sum(found.rows for found in summarise_lately(file).lists.values())


class TestSummariseLately:
    def test_a_small_file_is_counted_for_each_page(self) -> None:
        file = add_file(rows=statement_selectors.LARGE - 1)
        assert counted(file) == 0

        add_row(file)

        assert counted(file) == 1

    def test_a_large_one_is_not_counted_again_at_once(self) -> None:
        file = add_file(rows=statement_selectors.LARGE)
        first = summarise_lately(file)

        add_row(file)

        again = summarise_lately(file)
        assert counted(file) == 0
        assert again.counted_at == first.counted_at

    def test_but_after_some_minutes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(statement_selectors, "COUNTED_FOR_S", 0.05)
        file = add_file(rows=statement_selectors.LARGE)
        assert counted(file) == 0
        add_row(file)

        time.sleep(0.1)

        assert counted(file) == 1

    def test_and_once_something_was_decided(self) -> None:
        file = add_file(rows=statement_selectors.LARGE)
        assert counted(file) == 0
        add_row(file)

        forget_counts(file)

        assert counted(file) == 1

    def test_each_file_has_its_own_counts(self) -> None:
        file = add_file(rows=statement_selectors.LARGE)
        other = add_file(rows=statement_selectors.LARGE, digest="b" * 64)
        assert counted(file) == counted(other) == 0
        add_row(file)
        add_row(other)

        forget_counts(other)

        assert (counted(file), counted(other)) == (0, 1)

    def test_it_says_what_the_import_would(self) -> None:
        make_deposit(make_customer(), account_reference="KP23456789AB")
        receive(success_body())
        file = add_file(rows=statement_selectors.LARGE)

        found = [summarise_lately(file) for _ in range(2)]

        assert found[0] == found[1]
        assert found[0].ours_only.rows == 1
        assert found[0].difference == found[0].ours_only.amount == 500


class TestLacksCase:
    @pytest.fixture
    def case(self) -> SuspenseCase:
        """Hold a payment of KES 400 in suspense, for a deposit of KES 500."""
        make_deposit(make_customer(), account_reference="KP23456789AB")
        receive(success_body(amount=400))
        return SuspenseCase.objects.get()

    def test_a_file_without_its_payment(self, case: SuspenseCase) -> None:
        assert lacks_case(add_file(), case.pk)

    def test_a_file_with_it(self, case: SuspenseCase) -> None:
        file = add_file()
        add_row(file, receipt=RECEIPT, amount_in=400)

        assert not lacks_case(file, case.pk)

    def test_one_that_does_not_cover_its_time(self, case: SuspenseCase) -> None:
        at = Transaction.objects.get().created_at

        assert not lacks_case(add_file(first_row_at=at), case.pk)

    def test_another_case_and_none(self, case: SuspenseCase) -> None:
        file = add_file()
        add_row(file, receipt=RECEIPT, amount_in=400)
        make_deposit(
            make_customer(OTHER_PHONE), token="other", checkout_request_id="ws_2",
            account_reference="KP2345678ABC",
        )  # fmt: skip
        receive(
            success_body("ws_2", amount=300, receipt="NLJ7RT61SX"),
            token="other",
        )
        lacked = SuspenseCase.objects.exclude(pk=case.pk).get()

        assert lacks_case(file, lacked.pk)
        assert not lacks_case(file, case.pk)
        assert not lacks_case(file, lacked.pk + 1)


def test_counts_reach_another_process_unchanged() -> None:
    """A shared cache pickles them."""
    file = add_file(rows=statement_selectors.LARGE)
    add_row(file)
    found: Any = summarise_lately(file)

    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - pickled here


class TestListOursOnlyLately:
    """Three payments that the file lacks, of a file that is large."""

    @pytest.fixture
    def file(self) -> StatementImport:
        return add_file(rows=statement_selectors.LARGE)

    @pytest.fixture(autouse=True)
    def deposits(self) -> list[int]:
        customer = make_customer()
        made = []
        for n in range(3):
            names = {"account_reference": f"KP2345678{n + 2}AB", "checkout_request_id": f"ws_{n}"}
            made.append(make_deposit(customer, token=f"token-{n}", **names).pk)
            receive(success_body(f"ws_{n}", receipt=f"UKTEST000{n}"), token=f"token-{n}")
        return made

    def test_pages_are_read_once(
        self, file: StatementImport, deposits: list[int],
        django_assert_num_queries: Any,
    ) -> None:  # fmt: skip
        with django_assert_num_queries(1):
            first = list_ours_only_lately(file, limit=2)
            second = list_ours_only_lately(file, limit=2, offset=2)

        assert [ours.transaction_id for ours in [*first, *second]] == deposits

    def test_a_decision_reads_them_again(self, file: StatementImport) -> None:
        assert len(list_ours_only_lately(file, limit=9)) == 3
        add_row(file, receipt="UKTEST0001")
        assert len(list_ours_only_lately(file, limit=9)) == 3

        forget_counts(file)

        assert len(list_ours_only_lately(file, limit=9)) == 2

    def test_far_pages_and_small_files_are_read_each_time(
        self, deposits: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        small = add_file(rows=statement_selectors.LARGE - 1)
        large = add_file(rows=statement_selectors.LARGE, digest="b" * 64)
        assert len(list_ours_only_lately(small, limit=9)) == 3
        monkeypatch.setattr(statement_selectors, "_KEPT", 2)
        assert len(list_ours_only_lately(large, limit=9)) == 3
        for file in (small, large):
            add_row(file, receipt="UKTEST0001")

            assert len(list_ours_only_lately(file, limit=9)) == 2

"""The search finds each row by what an operator hears, by index, and within the rights."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from operations.console.look_ups import DAYS, MOST, Found, look_up
from operations.console.words import read
from operations.tests.console.operators import make_operator
from payments.models import Claim, PaybillAccount, PaybillPayment
from payments.paybill import account_numbers
from payments.tests.building import (
    CHECKOUT,
    NOON,
    OTHER_PHONE,
    RECEIPT,
    make_customer,
    make_deposit,
    receive,
    success_body,
)
from tests.sql.calling import forget_statistics
from users.models import User

pytestmark = pytest.mark.django_db

RIGHTS = (
    "view_user", "view_transaction", "view_suspensecase", "view_claim", "view_paybillpayment",
)  # fmt: skip
#: Of NOON + 3 hours in Nairobi.
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def support() -> User:
    """Store an operator who may read."""
    return make_operator(*RIGHTS)


def find(words: str, operator: User, now: datetime = LATER) -> Found:
    """Look words up."""
    return look_up(read(words), operator=operator, now=now)


def give_account(user: User) -> str:
    """Store a personal account number."""
    number = account_numbers.draw()
    PaybillAccount.objects.create(user=user, number=number)
    return number


class TestCustomers:
    @pytest.mark.parametrize("words", ["0712345678", "+254712345678", "wanj", "kamau wanjiku"])
    def test_by_phone_number_and_by_beginnings_of_names(self, words: str, support: User) -> None:
        user = make_customer()
        make_customer(OTHER_PHONE, full_name="Otieno Odhiambo")

        assert find(words, support).customers == [user]

    def test_by_their_account_number(self, support: User) -> None:
        user = make_customer()

        assert find(give_account(user), support).customers == [user]

    def test_of_many_only_a_few_are_read(self, support: User) -> None:
        for number in range(MOST + 5):
            make_customer(f"2547230000{number:02}")

        assert len(find("kamau", support).customers) == MOST + 1

    def test_operators_of_a_search_cannot_break_it(self, support: User) -> None:
        make_customer(full_name="Ng'ang'a O'Brien")

        assert len(find("ng'ang'a", support).customers) == 1
        assert find("kamau & | ! :*", support).customers == []


class TestDeposits:
    @pytest.mark.parametrize("words", ["0712345678", CHECKOUT, "KP23456789AB", "500 12:03"])
    def test_by_what_is_known_of_them(self, words: str, support: User) -> None:
        deposit = make_deposit(account_reference="KP23456789AB")

        assert find(words, support).deposits == [deposit]
        assert find(f"#{deposit.pk}", support).deposits == [deposit]

    def test_by_its_receipt(self, support: User) -> None:
        deposit = make_deposit()
        receive(success_body())

        assert find(RECEIPT.lower(), support).deposits == [deposit]

    def test_newest_first(self, support: User) -> None:
        first = make_deposit()
        second = make_deposit(
            first.user,
            checkout_request_id="ws_CO_2",
            token="2",
            created_at=NOON + timedelta(days=1),
        )

        assert find("0712345678", support, LATER + timedelta(days=1)).deposits == [second, first]


class TestAmountAndTime:
    @pytest.mark.parametrize(
        ("minutes", "is_found"), [(-11, False), (-10, True), (0, True), (10, True), (11, False)]
    )
    def test_ten_minutes_around_it(self, minutes: int, is_found: bool, support: User) -> None:
        make_deposit(created_at=NOON + timedelta(minutes=minutes))

        assert bool(find("500 12:00", support).deposits) is is_found

    @pytest.mark.parametrize(("days", "is_found"), [(1, True), (DAYS - 1, True), (DAYS, False)])
    def test_on_the_last_days(self, days: int, is_found: bool, support: User) -> None:
        make_deposit(created_at=NOON)

        found = find("500 12:00", support, NOON + timedelta(days=days, minutes=30))

        assert bool(found.deposits) is is_found

    def test_a_time_that_is_still_ahead_was_yesterday(self, support: User) -> None:
        deposit = make_deposit(created_at=NOON - timedelta(days=1))

        assert find("500 12:00", support, NOON - timedelta(hours=3)).deposits == [deposit]

    def test_around_midnight(self, support: User) -> None:
        # 00:04 in Nairobi.
        deposit = make_deposit(created_at=datetime(2026, 11, 19, 21, 4, tzinfo=UTC))

        assert find("500 23:58", support).deposits == [deposit]

    def test_another_amount_is_not_it(self, support: User) -> None:
        make_deposit()

        assert find("501 12:00", support).total == 0

    def test_a_payment_in_suspense_is_found_too(self, support: User) -> None:
        make_deposit()
        receive(success_body(amount=300))

        found = find("300 12:00", support)

        assert [case.amount for case in found.cases] == [Decimal(300)]
        assert find("300 12:30", support).cases == []


class TestReceipts:
    def test_case_claim_and_payment_of_a_receipt(self, support: User) -> None:
        deposit = make_deposit()
        receive(success_body(amount=300))
        claim = Claim.objects.create(
            user=deposit.user,
            receipt=RECEIPT,
            readings=[RECEIPT],
            created_at=NOON,
            ends_at=LATER,
            next_look_at=NOON,
        )
        payment = PaybillPayment.objects.create(
            receipt=RECEIPT,
            amount=300,
            business_short_code="174379",
            source="pull",
            transaction=deposit,
        )

        found = find(RECEIPT, support)

        assert [case.mpesa_receipt_number for case in found.cases] == [RECEIPT]
        assert (found.claims, found.payments) == ([claim], [payment])
        assert found.deposits == [deposit]
        assert find(f"#{deposit.pk}", support).cases == found.cases


class TestRights:
    @pytest.mark.parametrize(
        ("right", "field", "plural"),
        [
            ("view_user", "customers", "customers"),
            ("view_transaction", "deposits", "deposits"),
            ("view_suspensecase", "cases", "suspense cases"),
            ("view_claim", "claims", "claims"),
            ("view_paybillpayment", "payments", "payments by hand"),
        ],
    )
    def test_without_a_right_its_rows_are_not_looked_for(
        self, right: str, field: str, plural: str
    ) -> None:
        operator = make_operator(*(each for each in RIGHTS if each != right))

        with CaptureQueriesContext(connection) as queries:
            for words in EVERY_KIND:
                found = find(words, operator)
                assert getattr(found, field) == []
                assert found.denied == [plural]

        table = TABLES[field]
        assert not [each for each in queries if f'FROM "{table}"' in each["sql"]]


#: Words of every kind, and of none.
ACCOUNT = "482109370" + account_numbers.check_digit("482109370")
EVERY_KIND = (
    "0712345678", RECEIPT, CHECKOUT, "KP23456789AB", "#34", "kamau", "500 10:42", ACCOUNT,
)  # fmt: skip
TABLES = {
    "customers": "users_user",
    "deposits": "payments_transaction",
    "cases": "payments_suspensecase",
    "claims": "payments_claim",
    "payments": "payments_paybillpayment",
}


def plans_of(words: str, operator: User) -> str:
    """Return the plans of a search's statements, as the search itself has them made."""
    with CaptureQueriesContext(connection) as queries:
        find(words, operator)
    looks = [
        each["sql"]
        for each in queries
        if re.match(r"\s*(SELECT|WITH)", each["sql"]) and "auth_permission" not in each["sql"]
    ]
    assert looks, words
    forget_statistics()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = []
        for sql in looks:
            cursor.execute(f"EXPLAIN {sql}")
            plans += [line for (line,) in cursor.fetchall()]
    return "\n".join(plans)


def list_scans_to_the_end(plan: str) -> list[str]:
    """Return the plan's nodes that read a table, or an index, from one end to the other.

    What has no condition on its index is such a scan, too. The partial index of open cases is
    short, and read whole on purpose.
    """
    lines = [line.strip(" ->") for line in plan.splitlines()]
    whole = [line for line in lines if line.startswith("Seq Scan")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        is_by_index = re.match(r"(Bitmap )?Index (Only )?Scan", line)
        if is_by_index and "payments_suspense_open" not in line:
            whole += [] if following.startswith("Index Cond") else [line]
    return whole


class TestIndexes:
    @pytest.mark.parametrize(
        ("words", "indexes"),
        [
            ("0712345678", {"users_user_phone_number", "payments_phone_history"}),
            (RECEIPT, {"payments_receipt_pkey", "payments_suspense_receipt"}),
            (RECEIPT, {"payments_claim_receipts", "payments_paybillpayment_"}),
            (CHECKOUT, {"payments_transaction_checkout_request_id"}),
            ("KP23456789AB", {"payments_transaction_account_reference"}),
            ("#34", {"payments_transaction_pkey"}),
            ("kamau", {"users_user_name_words"}),
            ("500 10:42", {"payments_newest", "payments_suspense_open"}),
            (ACCOUNT, {"payments_paybill_number"}),
        ],
    )
    def test_each_look_up_goes_by_its_index(
        self, words: str, indexes: set[str], support: User
    ) -> None:
        plan = plans_of(words, support)

        assert list_scans_to_the_end(plan) == []
        assert {name for name in indexes if f" {name}" not in plan} == set()

    def test_with_many_rows_each_look_up_is_quick(self, support: User) -> None:
        seed_many()

        for words in EVERY_KIND:
            find(words, support)
            with CaptureQueriesContext(connection) as queries:
                find(words, support)
            took = sum(float(each["time"]) for each in queries)
            # Ten times what it takes; the busiest machine stays below a scan of the table.
            assert took < 0.5, (words, took)


def seed_many(deposits: int = 50_000, customers: int = 5_000) -> None:
    """Store many customers of few names, and their deposits of few amounts over 90 days."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO users_user (phone_number, full_name, password, is_superuser, is_staff,"
            " is_active, created_at) SELECT '2547' || lpad(n::text, 8, '0'),"
            " (ARRAY['Wanjiku', 'Otieno', 'Amina'])[n %% 3 + 1] || ' Kamau', '', false, false,"
            " true, now() FROM generate_series(1, %s) AS n",
            [customers],
        )
        cursor.execute("SELECT min(id) FROM users_user WHERE full_name LIKE '%% Kamau'", [])
        (first,) = cursor.fetchone()
        cursor.execute(
            "INSERT INTO payments_transaction (user_id, amount, phone_number, created_at, status)"
            " SELECT %s + n %% %s, 500, '2547' || lpad((n %% %s + 1)::text, 8, '0'),"
            " %s::timestamptz - n * interval '90 days' / %s, 'FAILED'"
            " FROM generate_series(1, %s) AS n",
            [first, customers, customers, LATER, deposits, deposits],
        )
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        # No ANALYZE: the count that it keeps of a table's rows stays after the rollback.

"""After a crash test: our books must equal the simulator's, deposit by deposit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.crash.processes import Postgres
from tests.crash.world import Customer, World

_DEPOSITS = """
SELECT txn.account_reference, txn.status, txn.amount, txn.checkout_request_id,
       txn.review_reason
  FROM payments_transaction AS txn JOIN users_user AS customer ON customer.id = txn.user_id
 WHERE customer.phone_number = ANY(%s)
"""
_BOOKED = """
SELECT coalesce((SELECT sum(balance) FROM wallet_ledgeraccount AS account
                   JOIN users_user AS customer ON customer.id = account.user_id
                  WHERE customer.phone_number = ANY(%s)), 0)
     + coalesce((SELECT sum(item.amount) FROM payments_suspensecase AS item
                   JOIN payments_transaction AS txn ON txn.id = item.transaction_id
                   JOIN users_user AS customer ON customer.id = txn.user_id
                  WHERE item.status = 'OPEN' AND customer.phone_number = ANY(%s)), 0)
"""


@dataclass(frozen=True)
class Deposit:
    """A deposit as the database has it."""

    account_reference: str
    status: str
    amount: Decimal
    checkout_request_id: str | None
    review_reason: str | None


def _phones(customers: list[Customer]) -> list[str]:
    return [customer.phone_number for customer in customers]


def deposits_of(postgres: Postgres, customers: list[Customer]) -> dict[str, Deposit]:
    """Return the customers' deposits by account reference."""
    rows = postgres.rows(_DEPOSITS, _phones(customers))
    return {row[0]: Deposit(*row) for row in rows}


def is_beyond_knowing(deposit: Deposit, payment: dict[str, Any]) -> bool:
    """Say whether no report of the payment ever reached us: neither its id nor a callback."""
    return deposit.checkout_request_id is None and payment["callbacks_delivered"] == 0


def _awaited(world: World, customers: list[Customer]) -> list[str]:
    """Return paid deposits that still have to be credited automatically."""
    deposits = deposits_of(world.postgres, customers)
    return [
        reference
        for reference, payment in world.payments_of(customers).items()
        if deposits[reference].status != "COMPLETED"
        and not is_beyond_knowing(deposits[reference], payment)
    ]


def assert_equal_to_the_book(world: World, customers: list[Customer]) -> int:
    """Wait for everything to end; return how many payments M-Pesa could not report to us."""
    world.wait_until_quiet()
    world.wait(lambda: not _awaited(world, customers), "every payment is credited")
    payments = world.payments_of(customers)
    deposits = deposits_of(world.postgres, customers)
    unknowable = 0
    expected = 0
    for reference, deposit in deposits.items():
        payment = payments.get(reference)
        if payment is None:
            assert deposit.status != "COMPLETED", f"minted: {deposit}"
        elif is_beyond_knowing(deposit, payment):
            assert deposit.status == "PENDING", f"unknown is not an end: {deposit}"
            unknowable += 1
        else:
            assert (deposit.status, deposit.amount) == ("COMPLETED", payment["amount"])
            expected += payment["amount"]
    assert payments.keys() <= deposits.keys()
    phones = _phones(customers)
    [(booked,)] = world.postgres.rows(_BOOKED, phones, phones)
    assert booked == expected
    return unknowable

"""Fills the product's tables with thousands of customers and up to millions of deposits.

The rows are copies of three that the product itself makes: a customer, a PENDING deposit and a paid
one. bench/yardsticks.py fills the tables of the yardsticks.
"""

import json
import urllib.request
from dataclasses import dataclass
from typing import Any

from bench.cloning import Template, clone, highest_id, move_sequence
from bench.load import requests
from bench.system import System
from chaos import accounts

#: Over how many wallets a load of callbacks is spread.
WALLETS = 1000
FIRST_PHONE = 20_000_000
_AT_A_TIME = 500_000


@dataclass(frozen=True)
class Block:
    """Deposits with consecutive numbers.

    The deposit with number `n` has the id `first_id + n - first` and belongs to customer
    `low + n % width`.
    """

    first: int
    count: int
    first_id: int
    low: int = 1
    width: int = WALLETS


class Numbers:
    """The part of a block that no load has used yet."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self._next = block.first

    @property
    def left(self) -> int:
        """How many numbers are unused."""
        return self.block.first + self.block.count - self._next

    def take(self, count: int) -> int:
        """Use up `count` numbers and return the first of them.

        Raises:
            RuntimeError: fewer numbers are unused.
        """
        if count > self.left:
            message = f"the fixture is used up: {count} wanted, {self.left} left"
            raise RuntimeError(message)
        first, self._next = self._next, self._next + count
        return first

    def give_back(self, count: int) -> None:
        """Make the last `count` numbers unused again, which a load took and did not need."""
        self._next -= count


class Fixtures:
    """Fills the product's database."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._connection = system.connect()
        self._next_number = 1
        self.customers = 0
        self._user_base = self._account_base = 0
        self._templates: dict[str, int] = {}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def make_templates(self, port: int) -> None:
        """Let the product create a customer, a paid deposit and a PENDING one, to be copied."""
        ((_, token),) = json.loads(self._system.python({}, "-m", accounts.__name__, "1")).items()
        paid = self._push(port, token)
        self._pay(port, paid["checkout_id"])
        self._templates["paid"] = paid["transaction_id"]
        self._templates["waiting"] = self._push(port, token)["transaction_id"]
        row = self._connection.execute(
            "SELECT user_id, digest FROM knox_authtoken LIMIT 1"
        ).fetchone()
        assert row is not None  # noqa: S101  # created just above
        self._user_id, self._digest = row

    def add_customers(self, count: int) -> None:
        """Add customers 1 to `count`, each verified, with a token and an empty wallet."""
        connection = self._connection
        self._user_base = highest_id(connection, "users_user")
        self._account_base = highest_id(connection, "wallet_ledgeraccount")
        user_id = f"{self._user_base} + n"
        clone(
            connection,
            Template(
                "users_user", "id", self._user_id,
                {"id": user_id, "phone_number": f"'2547' || ({FIRST_PHONE} + n)"},
            ),
            1, count,
        )  # fmt: skip
        token = f"rpad(lpad(n::text, 15, '0'), {len(requests.customer_token(1))}, 'b')"
        clone(
            connection,
            Template(
                "knox_authtoken", "digest", self._digest,
                {
                    "digest": f"encode(sha512(convert_to({token}, 'UTF8')), 'hex')",
                    "token_key": f"left({token}, 15)",
                    "user_id": user_id,
                },
            ),
            1, count,
        )  # fmt: skip
        clone(
            connection,
            Template(
                "wallet_ledgeraccount", "user_id", self._user_id,
                {
                    "id": f"{self._account_base} + n",
                    "code": f"'wallet:' || ({user_id})",
                    "user_id": user_id,
                    "balance": "0",
                },
            ),
            1, count,
        )  # fmt: skip
        for table in ("users_user", "wallet_ledgeraccount"):
            move_sequence(connection, table)
        self.customers = count

    def add_waiting(
        self, count: int, *, low: int = 1, width: int = WALLETS, age: str = ""
    ) -> Block:
        """Add PENDING deposits without a callback; `age`, an SQL interval, makes them older."""
        block, common = self._next_block(count, low, width)
        digits = len(requests.callback_token(0)) - len("bench-")
        token = f"'bench-' || lpad(n::text, {digits}, '0')"
        overrides = {
            **common,
            "callback_token_hash": f"encode(sha256(convert_to({token}, 'UTF8')), 'hex')",
        }
        if age:
            times = ("created_at", "updated_at", "prompt_expires_at", "next_query_at")
            overrides |= {name: f"t.{name} - interval '{age}'" for name in times}
        self._clone_deposits("waiting", overrides, block)
        return block

    def add_paid(
        self, count: int, *, low: int = 1, width: int = WALLETS, is_quick: bool = False
    ) -> Block:
        """Add paid deposits with their ledger rows, receipts and callbacks.

        `is_quick` is for millions of rows: it switches triggers off (the database is the bench's
        own) and then sums the balances itself. Without it every trigger fires, counters included.
        """
        block, common = self._next_block(count, low, width)
        with self._connection.transaction():
            # Rows are inserted in an order in which the guards find the rows that they require.
            if is_quick:
                self._connection.execute("SET LOCAL session_replication_role = 'replica'")
            entry_base = highest_id(self._connection, "wallet_journalentry") - block.first + 1
            self._clone_proof(block, common, entry_base)
            if is_quick:
                self._add_up(block)
        for table in ("payments_transaction", "wallet_journalentry", "payments_callbackevent"):
            move_sequence(self._connection, table)
        return block

    def vacuum(self) -> None:
        """Update the planner's statistics and write all data to disk, so that neither disturbs the
        next load.
        """
        self._connection.execute("VACUUM (ANALYZE)")
        self._connection.execute("CHECKPOINT")

    def _next_block(self, count: int, low: int, width: int) -> tuple[Block, dict[str, str]]:
        first_id = highest_id(self._connection, "payments_transaction") + 1
        block = Block(self._next_number, count, first_id, low, width)
        self._next_number += count
        customer = f"({low} + n % {width})"
        digits = len(requests.checkout_request_id(0)) - len("ws_CO_B")
        return block, {
            "id": f"{first_id - block.first} + n",
            "user_id": f"{self._user_base} + {customer}",
            "phone_number": f"'2547' || ({FIRST_PHONE} + {customer})",
            "checkout_request_id": f"'ws_CO_B' || lpad(n::text, {digits}, '0')",
            "merchant_request_id": "'bench-' || n",
            "account_reference": "'B' || lpad(n::text, 11, '0')",
            "callback_token_hash": "lpad(n::text, 64, '0')",
        }

    def _clone_deposits(self, template: str, overrides: dict[str, str], block: Block) -> None:
        table = Template("payments_transaction", "id", self._templates[template], overrides)
        for first in range(block.first, block.first + block.count, _AT_A_TIME):
            count = min(_AT_A_TIME, block.first + block.count - first)
            clone(self._connection, table, first, count)
        move_sequence(self._connection, "payments_transaction")

    def _clone_proof(self, block: Block, common: dict[str, str], entry_base: int) -> None:
        paid = self._templates["paid"]
        deposit_id, entry_id = common["id"], f"{entry_base} + n"
        receipt = "'B' || lpad(n::text, 11, '0')"
        # The deposits lie ten seconds apart, going back into the past.
        moment = "- n * interval '10 seconds'"
        event_base = highest_id(self._connection, "payments_callbackevent") - block.first + 1
        account = f"{self._account_base} + ({block.low} + n % {block.width})"
        templates = [
            Template("wallet_journalentry", "key", f"deposit:{paid}", {
                "id": entry_id, "key": f"'deposit:' || ({deposit_id})",
                "credit_account_id": account, "created_at": f"t.created_at {moment}",
            }),
            Template("payments_receipt", "transaction_id", paid, {
                "number": receipt, "transaction_id": deposit_id,
                "booked_at": f"t.booked_at {moment}",
            }),
            Template("payments_transaction", "id", paid, {
                **common, "credit_entry_id": entry_id, "mpesa_receipt_number": receipt,
                **{
                    name: f"t.{name} {moment}"
                    for name in ("created_at", "updated_at", "completed_at", "prompt_expires_at")
                },
            }),
            Template("payments_callbackevent", "transaction_id", paid, {
                "id": f"{event_base} + n", "transaction_id": deposit_id,
                "received_at": f"t.received_at {moment}",
                "processed_at": f"t.processed_at {moment}",
            }),
        ]  # fmt: skip
        for template in templates:
            for first in range(block.first, block.first + block.count, _AT_A_TIME):
                count = min(_AT_A_TIME, block.first + block.count - first)
                clone(self._connection, template, first, count)

    def _add_up(self, block: Block) -> None:
        self._connection.execute(
            "UPDATE wallet_ledgeraccount AS account SET balance = balance + added.amount"
            "  FROM (SELECT user_id, sum(amount) AS amount FROM payments_transaction"
            "         WHERE id >= %s AND id < %s GROUP BY user_id) AS added"
            " WHERE account.user_id = added.user_id",
            [block.first_id, block.first_id + block.count],
        )

    def _push(self, port: int, token: str) -> dict[str, Any]:
        request = urllib.request.Request(  # loopback
            f"http://127.0.0.1:{port}/api/payments/stk-push/",
            data=json.dumps({"amount": requests.AMOUNT_KES}).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Token {token}"},
        )
        with urllib.request.urlopen(request) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def _pay(self, port: int, checkout: str) -> None:
        daraja = f"http://127.0.0.1:{self._system.ports['daraja']}/bench/address/{checkout}"
        with urllib.request.urlopen(daraja) as answer:  # loopback
            path = answer.read().decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}",
            data=requests.callback_body(checkout, "BENCHPAID1"),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request).close()

"""What all stages use: the running system, its fixtures, the loads, and the book of results.

A side is the product or a yardstick.
"""

import secrets
from typing import Any

from bench.book import Book, Turn
from bench.fixtures import WALLETS, Block, Fixtures, Numbers
from bench.loads import Loads
from bench.money import Money
from bench.pgbench import Pgbench
from bench.plan import Plan
from bench.system import System
from bench.yardsticks import fill_minimal, fill_twin

#: More requests a second than any side can answer, so that no load runs out of requests.
_MAX_PER_SECOND = 6000
_HOT_CUSTOMER = 1


class Bench:
    """One run of a plan."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.plan: Plan = system.plan
        self.book = Book()
        self.loads = Loads(system)
        self.pgbench = Pgbench(system)
        self.money = Money(system, self.book)
        #: How many deposits were added to make the tables large.
        self.grown = 0

    def set_up(self) -> None:
        """Start the product and the yardsticks, and fill the product's tables."""
        self.system.start()
        port = self.system.ports["product"]
        self.system.start_product()
        for name in self.plan.yardsticks:
            self.system.start_yardstick(name)
        self.system.wait_for("product")
        self.fixtures = Fixtures(self.system)
        self.fixtures.make_templates(port)
        plan = self.plan
        self.fixtures.add_customers(plan.customers)
        self.waiting = Numbers(self.fixtures.add_waiting(plan.callbacks * 7 // 8))
        self.hot = Numbers(
            self.fixtures.add_waiting(plan.callbacks // 8, low=_HOT_CUSTOMER, width=1)
        )
        self.paid = self.fixtures.add_paid(plan.sizes[0])
        self.fixtures.vacuum()
        # The customers up to WALLETS have pending deposits and so may not start another; pushes
        # use the customers after them.
        self.customers = Numbers(Block(WALLETS + 1, plan.customers - WALLETS, 0))
        self.money.begin()

    def set_up_yardsticks(self) -> None:
        """Fill the tables of the Django applications and of the minimal function; wait until all
        yardsticks answer.
        """
        plan = self.plan
        deposits = plan.callbacks // 2
        fill_twin(self.system, customers=plan.customers, deposits=deposits)
        self.twin_waiting = Numbers(Block(1, deposits, 1))
        many, hot = fill_minimal(self.system, plan.callbacks)
        self.minimal, self.minimal_hot = Numbers(many), Numbers(hot)
        for name in plan.yardsticks:
            self.system.wait_for(name)

    def callbacks(self, side: str, connections: int, numbers: Numbers | None = None) -> Turn:
        """Run a load of success callbacks; on the product expect a credit for each good answer."""
        is_twin = side in {"first", "textbook"}
        numbers = numbers or (self.twin_waiting if is_twin else self.waiting)
        seconds = self.plan.seconds
        limit = min(numbers.left - connections, int(seconds * _MAX_PER_SECOND) + connections)
        first = numbers.take(limit + connections)
        job = self._job("callback", side, connections, seconds, first=first, limit=limit)
        turn = self.loads.run(side, job)
        # The views of the side `empty` store nothing, so a load on it uses up no deposits.
        numbers.give_back(limit + connections - (0 if side == "empty" else turn.sent))
        if side in {"product", "counted"}:
            self.money.expect(least=turn.ok, most=turn.sent)
        return turn

    def reads(self, side: str, connections: int, block: Block | None = None) -> Turn:
        """Run a load of status reads, as the page polls."""
        block = block or self.paid
        if side in {"first", "textbook"}:
            block = Block(1, block.count, 1)
        job = self._status_job(side, connections, self.plan.seconds, block)
        return self.loads.run(side, job)

    def build_push_load(self, side: str, connections: int, seconds: float) -> dict[str, Any]:
        """Return the job of a load of pushes; on the product each push is another customer's."""
        is_twin = side in {"first", "textbook"}
        limit = connections + int(seconds * 1000)
        if is_twin:
            return self._job("push", side, connections, seconds, first=1, limit=limit)
        limit = min(limit, self.customers.left - connections)
        first = self.customers.take(limit + connections)
        return self._job("push", side, connections, seconds, first=first, limit=limit)

    def pushes(
        self, side: str, connections: int, seconds: float | None = None, spread_s: float = 0
    ) -> Turn:
        """Run a load of pushes, whose connections start within `spread_s`."""
        job = self.build_push_load(side, connections, seconds or self.plan.seconds)
        turn = self.loads.run(side, {**job, "spread_s": spread_s})
        if side not in {"first", "textbook"}:
            self.customers.give_back(job["limit"] + connections - turn.sent)
        return turn

    def push_some(self, side: str, count: int) -> None:
        """Send exactly `count` pushes, one after the other."""
        job = self.build_push_load(side, 1, 60.0)
        turn = self.loads.run(side, {**job, "limit": count})
        self.customers.give_back(job["limit"] + 1 - turn.sent)

    def callback_some(self, side: str, count: int) -> None:
        """Send exactly `count` success callbacks, one after the other."""
        first = self.waiting.take(count)
        job = self._job("callback", side, 1, 60.0, first=first, limit=count)
        self.money.expect(least=self.loads.run(side, job).ok, most=count)

    def read_some(self, side: str, count: int) -> None:
        """Send exactly `count` status reads, one after the other."""
        job = self._status_job(side, 1, 60.0, self.paid)
        self.loads.run(side, {**job, "limit": count})

    def _status_job(
        self, side: str, connections: int, seconds: float, block: Block
    ) -> dict[str, Any]:
        return self._job(
            "status", side, connections, seconds, first=block.first,
            limit=int(seconds * _MAX_PER_SECOND), deposits=block.count,
            first_id=block.first_id, customers=block.width, low=block.low,
        )  # fmt: skip

    def _job(
        self, kind: str, side: str, connections: int, seconds: float, **more: Any
    ) -> dict[str, Any]:
        return {
            "kind": kind,
            "side": "twin" if side in {"first", "textbook"} else "product",
            "connections": connections,
            "seconds": seconds,
            "drain_s": 60,
            "run": secrets.token_hex(4),
            **more,
        }

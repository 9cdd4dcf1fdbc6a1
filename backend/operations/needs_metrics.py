"""What waits for an operator in /metrics: the same facts as on the console's home."""

from collections.abc import Iterator

from django.db import Error as DatabaseError
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout

from common import clock
from operations.needs import KINDS, list_needs


class NeedsCollector(Collector):
    """Looks at each scrape; without a database its metrics are left out."""

    def describe(self) -> Iterator[Metric]:
        """Return nothing: without it the registry would call `collect` when the app starts."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield count, age of the oldest and sum by kind; a kind without any is 0."""
        now = clock.now()
        try:
            found = {need.kind.name: need for need in list_needs(now=now)}
        except (DatabaseError, PoolTimeout):
            return
        count = GaugeMetricFamily(
            "kibeezy_needs_person", "What waits for an operator, by kind.", labels=["kind"]
        )
        oldest = GaugeMetricFamily(
            "kibeezy_needs_person_oldest_seconds", "Age of the oldest of it.", labels=["kind"]
        )
        amount = GaugeMetricFamily(
            "kibeezy_needs_person_kes",
            "Its sum in KES; 0 where it is not about money.",
            labels=["kind"],
        )
        for kind in KINDS:
            need = found.get(kind.name)
            count.add_metric([kind.name], need.count if need else 0)
            age = now - need.oldest_at if need and need.oldest_at else None
            oldest.add_metric([kind.name], age.total_seconds() if age else 0)
            amount.add_metric([kind.name], float(need.amount or 0) if need else 0)
        yield from (count, oldest, amount)

"""What operators did, in /metrics: figures of the database, the same from every process."""

from collections.abc import Iterator

from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout

from common import clock

# A loop of a script may write any number of rows: what is read stays small, and so many in a day
# are an alarm of their own.
_MOST = 1000
_ACTIONS = f"""
SELECT kind.model, count(*)
  FROM (SELECT content_type_id, action_time FROM django_admin_log ORDER BY id DESC LIMIT {_MOST})
       AS act
  JOIN django_content_type AS kind ON kind.id = act.content_type_id
 WHERE act.action_time > %(now)s - interval '24 hours'
 GROUP BY kind.model ORDER BY kind.model
"""  # noqa: S608  # our own constant
_ID_NUMBERS = f"""
SELECT count(*) FROM (SELECT shown_at FROM kyc_unmasking ORDER BY id DESC LIMIT {_MOST}) AS seen
 WHERE shown_at > %(now)s - interval '24 hours'
"""  # noqa: S608  # our own constant


class OperatorCollector(Collector):
    """Reads its figures at each scrape; without a database they are left out."""

    def describe(self) -> Iterator[Metric]:
        """Return nothing: without it the registry would call `collect` when the app starts."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        now = {"now": clock.now()}
        try:
            with connection.cursor() as cursor:
                cursor.execute(_ACTIONS, now)
                actions = cursor.fetchall()
                cursor.execute(_ID_NUMBERS, now)
                (id_numbers,) = cursor.fetchone()
        except (DatabaseError, PoolTimeout):
            return
        count = GaugeMetricFamily(
            "kibeezy_operator_actions_day",
            "What operators did in the console within 24 hours, by what it was done to; at most "
            f"the newest {_MOST}.",
            labels=["model"],
        )
        for model, acts in actions:
            count.add_metric([model], acts)
        yield count
        yield GaugeMetricFamily(
            "kibeezy_id_numbers_shown_day",
            f"ID numbers shown to operators within 24 hours; at most the newest {_MOST}.",
            value=id_numbers,
        )

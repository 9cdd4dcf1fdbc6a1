"""The worker's side in /metrics: jobs, stalled jobs, the newest heartbeat, what it escalated.

The worker has no HTTP port. What it does stands in the queue's tables, which every process reads.
"""

from collections.abc import Iterator

from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout

from operations.stalled_jobs import STALLED_AFTER_S

_STATUSES = ("todo", "doing", "failed")
# Finished jobs are deleted within days, so the table is small.
_COUNTS = """
SELECT count(*) FILTER (WHERE job.status = 'todo'
                          AND (job.scheduled_at IS NULL OR job.scheduled_at <= now())),
       count(*) FILTER (WHERE job.status = 'doing'),
       count(*) FILTER (WHERE job.status = 'failed'),
       count(*) FILTER (WHERE job.status = 'doing' AND (worker.id IS NULL
           OR worker.last_heartbeat < now() - make_interval(secs => %s))),
       (SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers),
       (SELECT count(*) FROM procrastinate_workers
         WHERE last_heartbeat >= now() - make_interval(secs => %s)),
       (SELECT count(*) FROM payments_transaction WHERE review_reason = 'no_answer'),
       (SELECT count(*) FROM payments_claim
         WHERE next_look_at IS NOT NULL AND escalated_at IS NOT NULL)
  FROM procrastinate_jobs AS job
  LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
"""


class QueueCollector(Collector):
    """Reads the queue at each scrape; without a database its metrics are left out."""

    def describe(self) -> Iterator[Metric]:
        """Return nothing: without it the registry would call `collect` when the app starts."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield the queue's gauges."""
        try:
            with connection.cursor() as cursor:
                cursor.execute(_COUNTS, [STALLED_AFTER_S, STALLED_AFTER_S])
                *counts, stalled, heartbeat_age_s, alive, unanswered, claims = cursor.fetchone()
        except (DatabaseError, PoolTimeout):
            return
        jobs = GaugeMetricFamily(
            "queue_jobs", "Jobs of the worker that are due, run, or have failed.", labels=["status"]
        )
        for status, count in zip(_STATUSES, counts, strict=True):
            jobs.add_metric([status], count)
        yield jobs
        yield GaugeMetricFamily(
            "queue_jobs_stalled", "Jobs that run on a worker that is dead.", value=stalled
        )
        yield GaugeMetricFamily(
            "workers_alive",
            f"Workers that sent a heartbeat within {STALLED_AFTER_S} s.",
            value=alive,
        )
        yield GaugeMetricFamily(
            "deposits_without_answer",
            "Deposits that an operator has to look for in M-Pesa's statement.",
            value=unanswered,
        )
        yield GaugeMetricFamily(
            "claims_waiting",
            "Open claims of customers to have paid that an operator has to look at.",
            value=claims,
        )
        if heartbeat_age_s is not None:
            yield GaugeMetricFamily(
                "worker_heartbeat_age_seconds",
                "Age of the newest heartbeat of all workers.",
                value=float(heartbeat_age_s),
            )

"""Takes up again, or ends, the jobs of workers that died at work (killed, or their machine lost).

Procrastinate knows them: their worker sends no heartbeat any more, or has been removed since. It
leaves it to us what becomes of them.
"""

import logging
from dataclasses import dataclass

from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

logger = logging.getLogger(__name__)

#: A worker sends a heartbeat every 10 s. One that is only slow runs beside the second run of its
#: job: every task may run twice at the same time.
STALLED_AFTER_S = 60
#: A job that was under way at so many deaths is likely to be their cause.
_MAX_RUNS = 3


@dataclass(frozen=True)
class Found:
    """How many stalled jobs were taken up again, and how many were ended as failed."""

    taken_up: int
    ended: int


async def take_up_stalled_jobs(manager: JobManager) -> Found:
    """Queue each stalled job again; end one that a waiting job replaces, or that ran too often."""
    taken_up = ended = 0
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
        if job.attempts + 1 < _MAX_RUNS and await _queue_again(manager, job):
            taken_up += 1
        else:
            ended += await _end(manager, job)
    if taken_up or ended:
        logger.error(
            "jobs of a dead worker: %s taken up again, %s ended as failed", taken_up, ended
        )
    return Found(taken_up, ended)


async def _queue_again(manager: JobManager, job: Job) -> bool:
    try:
        await manager.retry_job(job)
    except ConnectorException as error:
        # Mostly the queueing lock: a job of this periodic task waits already, and will do the
        # work. Else another worker was faster, or the database is away.
        logger.info("job %s of task %s is not queued again: %s", job.id, job.task_name, error)
        return False
    return True


async def _end(manager: JobManager, job: Job) -> bool:
    try:
        await manager.finish_job(job, Status.FAILED, delete_job=False)
    except ConnectorException as error:
        logger.info("job %s of task %s is not ended: %s", job.id, job.task_name, error)
        return False
    return True

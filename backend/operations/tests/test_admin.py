"""The worker's jobs in the admin: looking changes nothing; each change has a right and a reason."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from users.models import User

pytestmark = pytest.mark.django_db

LIST = "/admin/procrastinate/procrastinatejob/"


def clerk(*rights: str) -> Client:
    """Sign in an operator who has these rights over jobs."""
    user = User.objects.create_user("254788888888", "a-good-password", is_staff=True)
    names = [f"{right}_procrastinatejob" for right in rights]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def make_job(status: str) -> int:
    """Store a job."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status)"
            " VALUES ('default', 'seal_ledger', %s::procrastinate_job_status) RETURNING id",
            [status],
        )
        return int(cursor.fetchone()[0])


def act(client: Client, job_id: int, action: str, **form: str) -> Any:
    """Send an action with what its form holds."""
    sent = {"action": action, "_selected_action": str(job_id), **form}
    return client.post(LIST, sent, follow=True)


def state(job_id: int) -> tuple[str, bool]:
    """Return the job's status, and whether its end was asked for."""
    job = ProcrastinateJob.objects.get(pk=job_id)
    return job.status, job.abort_requested


@pytest.mark.parametrize("action", ["retry", "cancel", "abort"])
class TestEveryAction:
    def test_looking_is_not_changing(self, action: str) -> None:
        job_id = make_job("failed" if action == "retry" else "todo")
        before, looker = state(job_id), clerk("view")
        assert looker.get(LIST).status_code == 200

        page = act(looker, job_id, action, reason="let me, as agreed on")

        assert state(job_id) == before
        assert f'value="{action}"' not in page.content.decode()
        assert not LogEntry.objects.exists()

    @pytest.mark.parametrize("form", [{}, {"reason": " "}])
    def test_nothing_is_changed_without_a_reason(self, action: str, form: dict[str, str]) -> None:
        job_id = make_job("failed" if action == "retry" else "todo")
        before = state(job_id)

        page = act(clerk("view", "change"), job_id, action, **form)

        assert f"Job {job_id}: seal_ledger" in page.content.decode()
        assert state(job_id) == before

    def test_the_right_a_reason_and_the_log(self, action: str) -> None:
        job_id = make_job("failed" if action == "retry" else "todo")

        act(clerk("view", "change"), job_id, action, reason="PostgreSQL was away")

        expected = {"retry": "todo", "cancel": "cancelled", "abort": "cancelled"}[action]
        assert state(job_id)[0] == expected
        entry = LogEntry.objects.get()
        assert entry.object_id == str(job_id)
        assert entry.change_message == f"{action}: PostgreSQL was away"


def test_a_running_job_is_asked_to_stop() -> None:
    job_id = make_job("doing")

    act(clerk("view", "change"), job_id, "abort", reason="it hangs, as agreed on")

    assert state(job_id) == ("doing", True)

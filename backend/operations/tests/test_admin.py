"""The worker's jobs in the admin: everybody only looks, whatever rights they have."""

import pytest
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


def superuser() -> Client:
    """Sign in an operator with every right."""
    client = Client()
    client.force_login(User.objects.create_superuser("254799999999", "a-good-password"))
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


def state(job_id: int) -> tuple[str, bool]:
    """Return the job's status, and whether its end was asked for."""
    job = ProcrastinateJob.objects.get(pk=job_id)
    return job.status, job.abort_requested


@pytest.mark.parametrize("who", ["every right over jobs", "superuser"])
class TestReadOnly:
    @pytest.mark.parametrize("action", ["retry", "cancel", "abort", "delete_selected"])
    def test_no_action_changes_a_job(self, who: str, action: str) -> None:
        client = superuser() if who == "superuser" else clerk("view", "add", "change", "delete")
        job_id = make_job("failed" if action == "retry" else "todo")
        before = state(job_id)
        sent = {"action": action, "_selected_action": str(job_id), "reason": "let me do it now"}

        page = client.post(LIST, {**sent, "post": "yes"}, follow=True)

        assert page.status_code in (200, 403)
        assert state(job_id) == before

    @pytest.mark.parametrize("path", ["add/", "{}/change/", "{}/delete/"])
    def test_no_page_changes_a_job(self, who: str, path: str) -> None:
        client = superuser() if who == "superuser" else clerk("view", "add", "change", "delete")
        job_id = make_job("todo")

        response = client.post(
            LIST + path.format(job_id), {"task_name": "reconcile", "post": "yes", "args": "{}"}
        )

        assert response.status_code == 403
        assert [job.task_name for job in ProcrastinateJob.objects.all()] == ["seal_ledger"]


def test_who_may_look_sees_the_jobs() -> None:
    make_job("failed")

    assert "seal_ledger" in clerk("view").get(LIST).content.decode()


def test_who_may_not_look_does_not() -> None:
    assert clerk().get(LIST).status_code == 403

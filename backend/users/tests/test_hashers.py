"""Passwords are hashed a bounded number at a time: a burst of log-ins must not fill the memory."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.test import Client

from common.turns import Turns
from users.errors import SignInBusy
from users.hashers import TURNS
from users.models import User
from users.tests.conftest import PASSWORD

_CREDENTIALS = {"phone_number": "0712345678", "password": PASSWORD}


@pytest.fixture
def busy(asha: User) -> Iterator[None]:
    """Let all turns and all places to wait be taken."""
    end = threading.Event()
    taken = threading.Semaphore(0)

    def keep_a_turn() -> None:
        while not end.is_set():
            # The look below takes a place for a moment: whom it keeps out comes again.
            with suppress(SignInBusy), TURNS.take():
                taken.release()
                end.wait(30)

    threads = [threading.Thread(target=keep_a_turn) for _ in range(40)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        assert taken.acquire(timeout=30)
    # The others are admitted before they wait for one of the eight.
    while TURNS._admitted.acquire(blocking=False):
        TURNS._admitted.release()
        threading.Event().wait(0.01)
    yield
    end.set()
    for thread in threads:
        thread.join()


class TestTurns:
    def test_never_more_than_a_few_are_inside(self) -> None:
        turns = Turns(at_once=3, waiting=100, busy=SignInBusy)
        inside: list[int] = []
        most: list[int] = []

        def stay() -> None:
            with turns.take():
                inside.append(1)
                most.append(len(inside))
                threading.Event().wait(0.005)
                inside.pop()

        with ThreadPoolExecutor(50) as threads:
            list(threads.map(lambda _: stay(), range(100)))

        assert len(most) == 100
        assert max(most) == 3

    def test_an_error_gives_the_turn_back(self) -> None:
        turns = Turns(at_once=1, waiting=0, busy=SignInBusy)

        for _ in range(3):
            with pytest.raises(LookupError), turns.take():
                raise LookupError

        with turns.take(), pytest.raises(SignInBusy), turns.take():
            pass


@pytest.mark.usefixtures("busy")
class TestBusy:
    def test_neither_hashing_nor_checking_is_begun(self) -> None:
        with pytest.raises(SignInBusy):
            make_password(PASSWORD)
        with pytest.raises(SignInBusy):
            check_password(PASSWORD, User.objects.get().password)

    @pytest.mark.parametrize("route", ["/api/auth/login/", "/api/auth/token/"])
    @pytest.mark.parametrize("phone_number", ["0712345678", "0712345679"])
    def test_a_log_in_is_asked_to_come_again_known_or_not(
        self, client: Client, route: str, phone_number: str
    ) -> None:
        answer = client.post(
            route, {**_CREDENTIALS, "phone_number": phone_number}, "application/json"
        )

        assert answer.status_code == 503
        assert answer.json()["code"] == "unavailable"
        assert answer["Retry-After"] == "3"

    @pytest.mark.parametrize("page", ["/api/auth/browser/login/", "/admin/login/"])
    def test_a_form_is_answered_as_busy(self, client: Client, page: str) -> None:
        form = {"username": "0712345678", "password": PASSWORD, "code": "000000"}

        answer = client.post(page, form)

        assert answer.status_code == 503
        assert answer["Retry-After"] == "3"


def test_a_busy_moment_is_no_failed_log_in(client: Client, busy: None) -> None:
    from axes.models import AccessAttempt

    client.post("/api/auth/login/", _CREDENTIALS, "application/json")

    assert not AccessAttempt.objects.exists()

"""One id from tap to posting: each program's log lines about a deposit, found by the tap's id."""

import json
from typing import Any

import httpx
import pytest

from tests.crash.processes import Program
from tests.crash.world import Customer, World


def _tap(world: World, customer: Customer, tap: str) -> int:
    """Ask for a deposit by a request with this id; return the deposit's id."""
    answer = httpx.post(
        f"{world.api_url}/api/payments/stk-push/",
        json={"amount": 640},
        headers={
            "Authorization": f"Token {customer.token}",
            "Idempotency-Key": tap,
            "X-Request-ID": tap,
        },
        timeout=20,
    )
    assert answer.headers["X-Request-ID"] == tap
    return int(answer.raise_for_status().json()["transaction_id"])


def _lines(program: Program) -> list[dict[str, Any]]:
    """Return the program's log lines; Django's own notices at its start are none."""
    written = program.log.read_text(errors="replace").splitlines()
    return [json.loads(line) for line in written if line.startswith("{")]


def _about(program: Program, deposit: int) -> list[dict[str, Any]]:
    return [line for line in _lines(program) if line.get("deposit") == deposit]


def _is_completed(world: World, deposit: int) -> bool:
    sql = "SELECT status FROM payments_transaction WHERE id = %s"
    return world.postgres.rows(sql, deposit) == [("COMPLETED",)]


class TestOneId:
    def test_a_callback_is_found_by_the_id_of_the_tap(self, world: World) -> None:
        (customer,) = world.sign_up(1)

        deposit = _tap(world, customer, "tap-with-a-callback")
        world.wait(lambda: _is_completed(world, deposit), "the callback credits it")
        world.wait(lambda: len(_about(world.api, deposit)) >= 4, "all lines are written")

        lines = _about(world.api, deposit)
        assert {line["tap"] for line in lines} == {"tap-with-a-callback"}
        messages = [line["message"] for line in lines]
        assert "push accepted" in messages
        assert "callback: applied, result 0" in messages
        paths = {line["path"] for line in lines if line["message"] == "answered"}
        assert paths == {"/api/payments/stk-push/", "/api/payments/callback/[token]/"}
        # The callback's own request has an id of its own as well.
        assert len({line["request_id"] for line in lines}) == 2

    def test_a_status_query_in_the_worker_carries_it_too(self, world: World) -> None:
        world.misbehave({"callback.lose": 1})
        (customer,) = world.sign_up(1)

        deposit = _tap(world, customer, "tap-without-a-callback")
        world.wait(lambda: _is_completed(world, deposit), "the worker credits it")
        world.wait(lambda: bool(_about(world.worker, deposit)), "the worker's lines are written")

        asked = _about(world.worker, deposit)
        assert {line["tap"] for line in asked} == {"tap-without-a-callback"}
        assert "query: applied, result 0" in [line["message"] for line in asked]
        assert {line["tap"] for line in _about(world.api, deposit)} == {"tap-without-a-callback"}

    @pytest.mark.parametrize("sent", ["x" * 65, "254712345678", "a b"])
    def test_an_id_that_is_not_well_formed_is_replaced_and_still_one(
        self, world: World, sent: str
    ) -> None:
        (customer,) = world.sign_up(1)
        answer = httpx.post(
            f"{world.api_url}/api/payments/stk-push/",
            json={"amount": 640},
            headers={"Authorization": f"Token {customer.token}", "X-Request-ID": sent},
            timeout=20,
        )
        deposit = int(answer.raise_for_status().json()["transaction_id"])

        world.wait(lambda: _is_completed(world, deposit), "the callback credits it")

        sql = "SELECT request_id FROM payments_transaction WHERE id = %s"
        ((stored,),) = world.postgres.rows(sql, deposit)
        assert stored == answer.headers["X-Request-ID"] != sent
        assert {line["tap"] for line in _about(world.api, deposit)} == {stored}

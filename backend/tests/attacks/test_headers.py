"""Headers that claim another user, another address or another method."""

import pytest
from django.test import Client

from tests.attacks.world import Attack, signed_in

ME = "/api/auth/me/"


class TestIdentity:
    @pytest.mark.parametrize(
        "name",
        [
            "X-User-Phone-Number", "X-User-Id", "X-User-Email", "X-Remote-User", "Remote-User",
            "X-Forwarded-User", "X-Authenticated-User", "X-Auth-Token", "X-Api-Key",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("value", ["254712345678", "1", "admin"])
    def test_no_header_signs_in(self, attack: Attack, name: str, value: str) -> None:
        headers = {name: value}

        assert Client().get(ME, headers=headers).status_code == 401
        push = Client().post(
            "/api/payments/stk-push/", {"amount": 100}, "application/json", headers=headers
        )
        assert push.status_code == 401

    def test_the_development_header_does_not_change_who_is_signed_in(self, attack: Attack) -> None:
        client = signed_in(attack.attacker)

        answer = client.get(ME, headers={"X-User-Phone-Number": "254712345678"}).json()

        assert answer["id"] == attack.attacker.user.pk

    def test_underscores_do_not_pose_as_hyphens(self, attack: Attack) -> None:
        """A proxy that lets `X_User_Phone_Number` through spells it alike in WSGI."""
        response = Client().get(ME, HTTP_X_USER_PHONE_NUMBER="254712345678")

        assert response.status_code == 401


class TestMethod:
    @pytest.mark.parametrize(
        "name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"]
    )
    def test_no_header_turns_a_look_into_a_push(self, attack: Attack, name: str) -> None:
        client = signed_in(attack.attacker)
        pushes = len(attack.gateway.pushes)

        for method in ("get", "head", "options"):
            getattr(client, method)("/api/payments/stk-push/", headers={name: "POST"})
        client.get("/api/payments/stk-push/?_method=POST&amount=100")

        assert len(attack.gateway.pushes) == pushes
        assert attack.attacker.browser.delete("/api/auth/me/").status_code in (403, 405)


class TestHost:
    @pytest.mark.parametrize(
        "host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "a b", ""]
    )
    def test_a_foreign_host_is_refused(self, attack: Attack, host: str) -> None:
        response = Client(raise_request_exception=False).get("/api/", HTTP_HOST=host)

        assert response.status_code == 400
        assert "evil.example" not in response.content.decode()

    def test_a_forwarded_host_is_not_believed(self, attack: Attack) -> None:
        links = Client().get("/api/", headers={"X-Forwarded-Host": "evil.example"}).json()

        assert all(link.startswith("http://testserver/") for link in links.values())

    def test_a_forwarded_scheme_is_not_believed(self, attack: Attack) -> None:
        links = Client().get("/api/", headers={"X-Forwarded-Proto": "https"}).json()

        assert all(link.startswith("http://") for link in links.values())


class TestPlace:
    def test_no_header_changes_the_address_that_is_counted(
        self, attack: Attack, settings: pytest.FixtureRequest
    ) -> None:
        settings.RATELIMIT_ENABLE, settings.LOGIN_RATE_IP = True, "2/h"  # type: ignore[attr-defined]
        body = {"phone_number": "0712345678", "password": "wrong"}
        names = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP")

        statuses = [
            Client()
            .post("/api/auth/login/", body, "application/json", headers={name: f"10.1.1.{n}"})
            .status_code
            for n, name in enumerate(names)
        ]

        assert statuses == [401, 401, 429, 429, 429]

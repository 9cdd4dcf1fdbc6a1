"""Another customer's rows are not found, by any address and any trick."""

from typing import Any

from django.utils import timezone

from tests.attacks.world import Attack, addresses, signed_in


class TestSomebodyElses:
    def test_no_address_with_an_id_answers(self, attack: Attack) -> None:
        client = signed_in(attack.attacker)
        owned = [a for a in addresses(987654321) if "987654321" in a.path]
        assert len(owned) >= 3, "the list has no addresses with ids"

        for address in owned:
            path = address.path.replace("987654321", str(attack.transaction_id))
            for method in address.methods:
                response = getattr(client, method)(path)
                assert response.status_code in (404, 405), (method, path)
                assert attack.deposit["checkout_id"] not in response.content.decode()

    def test_lists_hold_only_the_customers_own_rows(self, attack: Attack) -> None:
        client = signed_in(attack.attacker)

        for path in ("/api/payments/transactions/", "/api/wallet/entries/"):
            for query in (
                "",
                "?user=1",
                f"?user_id={attack.victim.user.pk}",
                "?phone_number=254712345678",
            ):
                assert client.get(path + query).json()["results"] == []
        assert client.get("/api/wallet/").json()["balance"] == "0.00"

    def test_a_statement_is_ones_own(self, attack: Attack) -> None:
        today = timezone.localdate().isoformat()
        query = {"from": today, "to": today, "user": str(attack.victim.user.pk)}

        own, theirs = (
            signed_in(app).get("/api/wallet/statement.csv", query)
            for app in (attack.victim, attack.attacker)
        )

        assert b"PAIDBEFORE" in own.getvalue()
        assert b"PAIDBEFORE" not in theirs.getvalue()

    def test_a_cursor_of_the_victim_shows_nothing(self, attack: Attack) -> None:
        cursor = "cD0yMDI2LTExLTIwKzA5JTNBMDAlM0EwMCUyQjAwJTNBMDA="

        response = signed_in(attack.attacker).get("/api/payments/transactions/", {"cursor": cursor})

        assert response.status_code in (200, 404)
        assert response.json().get("results", []) == []

    def test_an_idempotency_key_of_the_victim_replays_nothing(self, attack: Attack) -> None:
        first = attack.victim.deposit(500, key="shared-key")
        answer = attack.attacker.deposit(500, key="shared-key")

        assert first.status_code == 409
        assert "Idempotent-Replayed" not in answer
        assert answer.json()["transaction_id"] != attack.transaction_id
        attack.look_again()

    def test_no_field_of_a_body_names_the_payer(self, attack: Attack) -> None:
        body: dict[str, Any] = {
            "amount": 300, "user": attack.victim.user.pk, "user_id": attack.victim.user.pk,
            "phone_number": "254712345678", "PhoneNumber": "254712345678", "status": "COMPLETED",
        }  # fmt: skip

        answer = signed_in(attack.attacker).post(
            "/api/payments/stk-push/", body, "application/json"
        )

        assert answer.status_code == 200
        assert attack.gateway.pushes[-1].phone_number == attack.attacker.user.phone_number
        attack.look_again()

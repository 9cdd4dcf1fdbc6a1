"""Risk decisions of deposits: rows that the database refuses, and what operators see."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission

from payments.models import Transaction
from payments.tests.breaking import refused
from payments.tests.building import OTHER_PHONE, PHONE, make_customer
from payments.tests.test_admin import signed_in
from risk.assessment import Mode, Policy
from risk.inputs import RuleInputs
from risk.models import Decision
from risk.tests.building import HASTY, make_decision
from users.models import User

pytestmark = pytest.mark.django_db

QUIET = RuleInputs(amount=500)
ENFORCE = Policy(mode=Mode.ENFORCE)
LIST = "/admin/risk/decision/"


@pytest.fixture
def operator() -> User:
    """Store an operator with every right."""
    return User.objects.create_superuser("254799999999", "a-good-password")


class TestGuards:
    @pytest.mark.parametrize(
        ("constraint", "fields"),
        [
            ("risk_decision_words", {"mode": "off"}),
            ("risk_decision_words", {"verdict": "maybe", "findings": [{"rule": "velocity"}]}),
            ("risk_decision_verdict", {"findings": [{"rule": "velocity"}]}),
            ("risk_decision_verdict", {"verdict": "review"}),
            ("own user and amount", {"amount": 499}),
        ],
    )
    def test_a_decision_makes_sense(
        self, deposit: Transaction, constraint: str, fields: dict[str, Any]
    ) -> None:
        with refused(constraint):
            make_decision(deposit.user, QUIET, transaction=deposit, **fields)

    def test_a_decision_is_about_a_deposit_of_its_own_user(self, deposit: Transaction) -> None:
        with refused("own user and amount"):
            make_decision(make_customer(OTHER_PHONE), QUIET, transaction=deposit)

    def test_a_deposit_has_one_decision(self, deposit: Transaction) -> None:
        make_decision(deposit.user, QUIET, transaction=deposit)

        with refused("risk_decision_transaction_id_key"):
            make_decision(deposit.user, QUIET, transaction=deposit)

    def test_a_denied_request_has_no_deposit(self, deposit: Transaction) -> None:
        with refused("risk_decision_deposit"):
            make_decision(deposit.user, HASTY, ENFORCE, transaction=deposit)


class TestAdmin:
    @pytest.fixture
    def shadowed(self, deposit: Transaction) -> Decision:
        """Store a decision that velocity would have reviewed, with its deposit."""
        return make_decision(deposit.user, HASTY, transaction=deposit)

    @pytest.fixture
    def denied(self, shadowed: Decision) -> Decision:
        """Store a denied request beside it."""
        return make_decision(shadowed.user, HASTY, ENFORCE)

    def test_a_decision_leads_to_its_deposit_and_back(
        self, operator: User, shadowed: Decision
    ) -> None:
        client = signed_in(operator)
        deposit_url = f"/admin/payments/transaction/{shadowed.transaction_id}/change/"
        decision_url = f"{LIST}{shadowed.pk}/change/"

        assert deposit_url in client.get(LIST).content.decode()
        assert deposit_url in client.get(decision_url).content.decode()
        assert decision_url in client.get(deposit_url).content.decode()

    def test_a_deposit_from_before_the_rules_opens(
        self, operator: User, deposit: Transaction
    ) -> None:
        page = signed_in(operator).get(f"/admin/payments/transaction/{deposit.pk}/change/")

        assert page.status_code == 200
        assert "/admin/risk/decision/" not in page.content.decode().partition("fraud rules")[2]

    def test_the_admin_shows_reasons_and_facts(self, operator: User, shadowed: Decision) -> None:
        page = signed_in(operator).get(f"{LIST}{shadowed.pk}/change/").content.decode()

        assert "review: velocity: 9 deposits within 1 hour, 0 within 24" in page
        assert "&quot;deposits_1h&quot;: 9" in page

    def test_a_decision_without_findings_says_so(
        self, operator: User, deposit: Transaction
    ) -> None:
        quiet = make_decision(deposit.user, QUIET, transaction=deposit)

        page = signed_in(operator).get(f"{LIST}{quiet.pk}/change/").content.decode()

        assert "nothing" in page

    def test_no_full_number_is_shown(self, operator: User, denied: Decision) -> None:
        client = signed_in(operator)

        for path in ("", f"{denied.pk}/change/"):
            page = client.get(f"{LIST}{path}").content.decode()
            assert "2547****5678" in page
            assert PHONE not in page

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", 2),
            ("?rule=velocity", 2),
            ("?rule=new_account", 0),
            ("?verdict__exact=review", 2),
            ("?verdict__exact=deny", 0),
            ("?applied__exact=review", 1),
            ("?mode__exact=shadow", 1),
            (f"?q={PHONE}", 2),
        ],
    )
    def test_decisions_are_found(
        self, operator: User, denied: Decision, query: str, expected: int
    ) -> None:
        page = signed_in(operator).get(f"{LIST}{query}")

        assert len(page.context["cl"].result_list) == expected

    def test_nothing_is_added_changed_or_deleted(self, operator: User, denied: Decision) -> None:
        client = signed_in(operator)

        assert client.get(f"{LIST}add/").status_code == 403
        assert client.post(f"{LIST}{denied.pk}/change/", {"amount": 1}).status_code == 403
        assert client.post(f"{LIST}{denied.pk}/delete/", {"post": "yes"}).status_code == 403
        assert Decision.objects.count() == 2

    def test_reading_needs_the_right_to(self, denied: Decision) -> None:
        clerk = User.objects.create_user("254788888888", "a-good-password", is_staff=True)
        assert signed_in(clerk).get(LIST).status_code == 403

        clerk.user_permissions.add(Permission.objects.get(codename="view_decision"))

        assert signed_in(clerk).get(LIST).status_code == 200

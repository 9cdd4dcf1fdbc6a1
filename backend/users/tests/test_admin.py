"""The admin's pages about users: what operators see and may change."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import IntegrityError
from django.db import transaction as db_transaction
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from users import account_proposals, phone_change
from users.models import PhoneChange, Proposal, User
from users.tests import approving
from users.tests.approving import set_password
from users.tests.conftest import NEW_NUMBER, PASSWORD, signed_in

LIST = "/admin/users/user/"
ME = "/api/auth/me/"
PROPOSALS = "/admin/users/accountproposal/"
_NEW = "another-fine-passphrase"
_WHY = approving.WHY
PasswordHistory = apps.get_model("users", "PasswordHistory")
UserHistory = apps.get_model("users", "UserHistory")


@pytest.fixture
def operator(db: None) -> User:
    """An operator with every right."""
    return User.objects.create_superuser("0700000001", PASSWORD, full_name="Op")


@pytest.fixture
def clerk(db: None) -> User:
    """An operator who may change accounts, without every right."""
    clerk = User.objects.create_user("0700000002", PASSWORD, is_staff=True)
    rights = Permission.objects.filter(content_type__app_label="users")
    clerk.user_permissions.set(rights.filter(codename__in=["view_user", "add_user", "change_user"]))
    return clerk


def _form(user: User, **changes: Any) -> dict[str, Any]:
    kept = {"full_name": user.full_name, "is_active": "on", "reason": _WHY}
    return {**kept, **changes}


def _told(user: User) -> list[tuple[str, str]]:
    """Return who did what to an account and why, as its history in the admin says."""
    entries = LogEntry.objects.filter(object_id=user.pk).select_related("user")
    return [(entry.user.phone_number, entry.change_message) for entry in entries]


class TestList:
    def test_numbers_are_masked(self, client: Client, operator: User, asha: User) -> None:
        client.force_login(operator)

        page = client.get(LIST).content.decode()

        assert "2547****5678" in page
        assert "254712345678" not in page

    # Names are found by the console's search, over their index.
    @pytest.mark.parametrize("words", ["0712 345 678", "254712345678", "+254712345678"])
    def test_users_are_found(self, client: Client, operator: User, asha: User, words: str) -> None:
        client.force_login(operator)

        page = client.get(LIST, {"q": words}).content.decode()

        assert "2547****5678" in page
        assert "2547****0001" not in page.split("result_list")[1]


class TestChange:
    def test_no_hash_is_shown(self, client: Client, operator: User, asha: User) -> None:
        client.force_login(operator)

        for where in ("change", "edit"):
            page = client.get(f"{LIST}{asha.pk}/{where}/").content.decode()
            assert "argon2" not in page
            assert asha.password.split("$")[-1] not in page

    def test_kyc_status_and_tier_are_not_changed_on_the_users_page(
        self, client: Client, operator: User, asha: User
    ) -> None:
        client.force_login(operator)
        form = _form(asha, kyc_status="VERIFIED", tier="basic")

        assert client.post(f"{LIST}{asha.pk}/change/", form).status_code == 302

        asha.refresh_from_db()
        assert (asha.kyc_status, asha.tier) == ("PENDING", "full")

    def test_only_what_was_changed_is_written(
        self, client: Client, operator: User, asha: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.force_login(operator)
        save = User.save

        def save_after_a_decision(self: User, *args: Any, **options: Any) -> None:
            User.objects.filter(pk=self.pk).update(kyc_status="REJECTED")
            save(self, *args, **options)

        monkeypatch.setattr(User, "save", save_after_a_decision)

        client.post(f"{LIST}{asha.pk}/change/", _form(asha, full_name="Asha Otieno"))

        asha.refresh_from_db()
        assert (asha.full_name, asha.kyc_status) == ("Asha Otieno", "REJECTED")

    def test_an_account_is_switched_off(self, client: Client, operator: User, asha: User) -> None:
        client.force_login(operator)

        client.post(f"{LIST}{asha.pk}/change/", _form(asha, is_active=""))

        assert not User.objects.get(pk=asha.pk).is_active
        assert _told(asha) == [(operator.phone_number, f"is_active: {_WHY}")]
        event = UserHistory.objects.get(pgh_obj=asha, pgh_label="update")
        assert event.pgh_context.metadata == {"operator": operator.pk, "reason": _WHY}

    @pytest.mark.parametrize(
        "changes",
        [{"is_active": ""}, {"full_name": "Asha Otieno"}, {"is_staff": "on"},
         {"is_superuser": "on"}],
    )  # fmt: skip
    @pytest.mark.parametrize("reason", ["", " \n"])
    def test_nothing_is_changed_without_a_reason(
        self, client: Client, operator: User, asha: User, changes: dict[str, str], reason: str
    ) -> None:
        client.force_login(operator)

        form = _form(asha, reason=reason, **changes)
        page = client.post(f"{LIST}{asha.pk}/change/", form)

        assert page.status_code == 200
        assert list(page.context["errors"]) == [["This field is required."]]
        assert not UserHistory.objects.filter(pgh_obj=asha, pgh_label="update").exists()

    def test_an_operator_who_may_only_view_is_asked_for_no_reason(
        self, client: Client, clerk: User, asha: User
    ) -> None:
        clerk.user_permissions.set(Permission.objects.filter(codename="view_user"))
        client.force_login(clerk)

        page = client.get(f"{LIST}{asha.pk}/edit/")

        assert page.status_code == 200
        assert b'name="reason"' not in page.content

    def test_an_account_switched_on_again_is_signed_out(
        self, client: Client, operator: User, asha: User
    ) -> None:
        client.force_login(operator)
        elsewhere = signed_in(asha)
        _, token = AuthToken.objects.create(asha)

        for is_active in ("", "on"):
            client.post(f"{LIST}{asha.pk}/change/", _form(asha, is_active=is_active))

        assert User.objects.get(pk=asha.pk).is_active
        assert elsewhere.get(ME).status_code == 401
        assert Client().get(ME, headers={"Authorization": f"Token {token}"}).status_code == 401

    def test_the_phone_number_is_not_changed_on_the_users_page(
        self, client: Client, operator: User, asha: User
    ) -> None:
        client.force_login(operator)

        client.post(f"{LIST}{asha.pk}/change/", _form(asha, phone_number="254700000009"))

        assert User.objects.get(pk=asha.pk).phone_number == "254712345678"

    def test_no_user_is_deleted(self, client: Client, operator: User, asha: User) -> None:
        client.force_login(operator)

        assert client.post(f"{LIST}{asha.pk}/delete/", {"post": "yes"}).status_code == 403


class TestRights:
    def test_a_clerk_cannot_give_rights(self, client: Client, clerk: User, asha: User) -> None:
        client.force_login(clerk)
        form = _form(asha, is_superuser="on", is_staff="on")

        for user in (asha, clerk):
            client.post(f"{LIST}{user.pk}/change/", form)

        assert not User.objects.filter(is_superuser=True).exists()
        assert not User.objects.get(pk=asha.pk).is_staff

    @pytest.mark.parametrize("page", ["change", "password"])
    def test_a_clerk_cannot_take_over_an_operator(
        self, client: Client, clerk: User, operator: User, page: str
    ) -> None:
        client.force_login(clerk)
        form = {
            **_form(operator),
            "password1": "stolen-passphrase",
            "password2": "stolen-passphrase",
        }

        response = client.post(f"{LIST}{operator.pk}/{page}/", form)

        assert response.status_code == 403
        assert User.objects.get(pk=operator.pk).check_password(PASSWORD)

    def test_a_clerk_keeps_their_own_account(self, client: Client, clerk: User) -> None:
        client.force_login(clerk)

        client.post(f"{LIST}{clerk.pk}/change/", _form(clerk, full_name="Juma Kibe"))

        assert User.objects.get(pk=clerk.pk).full_name == "Juma Kibe"

    @pytest.mark.parametrize("page", ["change", "password"])
    def test_an_operator_does_not_change_another_with_other_rights(
        self, client: Client, clerk: User, page: str
    ) -> None:
        other = User.objects.create_user("0700000004", PASSWORD, is_staff=True)
        client.force_login(clerk)
        form = {**_form(other), "password1": _NEW, "password2": _NEW, "usable_password": "true"}

        assert client.post(f"{LIST}{other.pk}/{page}/", form).status_code == 403
        assert User.objects.get(pk=other.pk).check_password(PASSWORD)


class TestPassword:
    def test_one_operator_proposes_and_nothing_changes(
        self, client: Client, operator: User, asha: User
    ) -> None:
        client.force_login(operator)
        assert (
            "Another operator approves" in client.get(f"{LIST}{asha.pk}/password/").content.decode()
        )
        form = {"password1": _NEW, "password2": _NEW, "usable_password": "true", "reason": _WHY}

        page = client.post(f"{LIST}{asha.pk}/password/", form, follow=True).content.decode()

        assert "nothing has changed yet" in page
        assert User.objects.get(pk=asha.pk).check_password(PASSWORD)
        proposal = Proposal.objects.get()
        assert (proposal.kind, proposal.status) == ("set_password", "OPEN")
        assert (proposal.proposed_by, proposal.reason) == (operator, _WHY)
        assert _told(asha) == [(operator.phone_number, f"proposed a one-time password: {_WHY}")]

    def test_a_second_proposal_waits_for_the_first(
        self, client: Client, operator: User, asha: User
    ) -> None:
        client.force_login(operator)
        for _ in range(2):
            page = client.post(f"{LIST}{asha.pk}/password/", {"reason": _WHY}, follow=True)

        assert "it is proposed already" in page.content.decode()
        assert Proposal.objects.count() == 1

    @pytest.mark.parametrize("reason", ["", " ", "too short", "         x"])
    def test_a_password_is_not_proposed_without_a_reason(
        self, client: Client, operator: User, asha: User, reason: str
    ) -> None:
        client.force_login(operator)

        page = client.post(f"{LIST}{asha.pk}/password/", {"reason": reason})

        assert 'name="reason"' in page.content.decode()
        assert not Proposal.objects.exists()

    def test_there_is_no_page_for_the_password_of_nobody(
        self, client: Client, operator: User
    ) -> None:
        client.force_login(operator)

        assert client.get(f"{LIST}999999/password/").status_code == 404

    def test_operator_and_reason_are_in_the_history(self, operator: User, asha: User) -> None:
        set_password(asha, operator, _NEW)

        event = PasswordHistory.objects.get(pgh_obj=asha)
        metadata = event.pgh_context.metadata
        assert (metadata["operator"], metadata["reason"]) == (operator.pk, _WHY)
        with pytest.raises(IntegrityError, match="append-only"), db_transaction.atomic():
            PasswordHistory.objects.all().delete()

    def test_the_customers_own_change_is_there_without_an_operator(self, asha: User) -> None:
        asha.set_password(_NEW)
        asha.save()

        assert PasswordHistory.objects.get(pgh_obj=asha).pgh_context is None

    @pytest.mark.parametrize("more", [{"usable_password": "true"}, {"unset-password": "on"}])
    def test_operators_set_their_own_password_only_with_the_current_one(
        self, client: Client, operator: User, more: dict[str, str]
    ) -> None:
        """A stolen session must not be worth the account."""
        client.force_login(operator)
        form = {"password1": _NEW, "password2": _NEW, "usable_password": "false", "reason": _WHY}

        response = client.post(f"{LIST}{operator.pk}/password/", {**form, **more})

        assert response.headers["Location"] == "/admin/password_change/"
        assert User.objects.get(pk=operator.pk).check_password(PASSWORD)
        wrong = {"old_password": "guessed", "new_password1": _NEW, "new_password2": _NEW}
        assert client.post("/admin/password_change/", wrong).status_code == 200
        assert User.objects.get(pk=operator.pk).check_password(PASSWORD)

    def test_the_approver_of_a_number_sets_no_password(
        self, client: Client, operator: User, asha: User, change: PhoneChange
    ) -> None:
        phone_change.approve_change(
            change.pk, operator=operator, reason="SIM seen, as agreed on", now=timezone.now()
        )
        proposal = account_proposals.propose_password(
            user=asha, operator=approving.proposer(), reason=_WHY, now=timezone.now()
        )
        client.force_login(operator)
        sent = {"action": "approve", "_selected_action": str(proposal.pk), "reason": _WHY}

        page = client.post(PROPOSALS, sent, follow=True)

        assert "another operator sets its password" in page.content.decode()
        assert User.objects.get(pk=asha.pk).check_password(PASSWORD)
        proposal.refresh_from_db()
        assert proposal.status == "OPEN"

    def test_the_operator_who_set_the_password_approves_no_number_change(
        self, client: Client, operator: User, asha: User
    ) -> None:
        set_password(asha, operator, _NEW)
        client.force_login(operator)
        asha.refresh_from_db()
        change = phone_change.request_change(
            asha, new_phone_number=NEW_NUMBER, password=_NEW, now=timezone.now()
        )

        with pytest.raises(phone_change.SameOperator):
            phone_change.approve_change(
                change.pk, operator=operator, reason="SIM seen, as agreed on", now=timezone.now()
            )

        sent = {
            "action": "approve",
            "_selected_action": str(change.pk),
            "reason": "SIM seen, as agreed on",
        }
        page = client.post("/admin/users/phonechange/", sent, follow=True).content.decode()
        assert "another operator approves its number" in page
        change.refresh_from_db()
        assert change.status == "PENDING"
        phone_change.reject_change(
            change.pk, operator=operator, reason="no proof, as agreed on", now=timezone.now()
        )

    def test_an_operators_own_change_of_password_ends_their_tokens(
        self, client: Client, operator: User
    ) -> None:
        AuthToken.objects.create(operator)
        client.force_login(operator)
        form = {"old_password": PASSWORD, "new_password1": _NEW, "new_password2": _NEW}

        assert client.post("/admin/password_change/", form).status_code == 302
        assert not AuthToken.objects.exists()

    def test_other_users_tokens_stay(self, operator: User, asha: User) -> None:
        AuthToken.objects.create(asha)
        operator.set_password(_NEW)
        operator.save()

        assert AuthToken.objects.get().user == asha

    def test_a_log_in_keeps_the_tokens(self, asha: User) -> None:
        AuthToken.objects.create(asha)
        credentials = {"phone_number": asha.phone_number, "password": PASSWORD}

        signed_in = Client().post("/api/auth/login/", credentials, "application/json")

        assert signed_in.status_code == 200
        assert AuthToken.objects.count() == 1


class TestAdd:
    def _add(self, client: Client, phone_number: str) -> Any:
        form = {
            "phone_number": phone_number, "full_name": "Juma", "usable_password": "true",
            "password1": PASSWORD, "password2": PASSWORD, "reason": _WHY,
        }  # fmt: skip
        return client.post(f"{LIST}add/", form)

    def test_a_number_is_stored_as_an_msisdn(self, client: Client, operator: User) -> None:
        client.force_login(operator)

        assert self._add(client, "0712 345 679").status_code == 302

        user = User.objects.get(phone_number="254712345679")
        assert not user.has_usable_password()

    def test_another_number_is_refused(self, client: Client, operator: User) -> None:
        client.force_login(operator)

        page = self._add(client, "0812345678").content.decode()

        assert "not a Kenyan mobile number" in page


class TestCreateSuperuser:
    def test_the_number_is_the_name(self, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)

        call_command(
            "createsuperuser", phone_number="0700 000 003", full_name="Op", interactive=False,
            verbosity=0,
        )  # fmt: skip

        user = User.objects.get(phone_number="254700000003")
        assert user.is_staff
        assert user.is_superuser
        assert user.check_password(PASSWORD)


class TestUser:
    @pytest.mark.parametrize(
        ("full_name", "short"), [("Asha Mwangi", "Asha"), ("", "254712345678")]
    )
    def test_a_greeting_uses_the_first_name(self, full_name: str, short: str) -> None:
        assert User(phone_number="254712345678", full_name=full_name).get_short_name() == short

    def test_the_text_of_a_user_is_masked(self) -> None:
        assert str(User(phone_number="254712345678")) == "2547****5678"

    def test_an_unreadable_number_is_kept(self, db: None) -> None:
        assert User.objects.create_user("+44 20 7946").phone_number == "+44 20 7946"

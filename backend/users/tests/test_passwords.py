"""A password is the same in every Unicode spelling that a keyboard may send."""

from typing import Any
from unicodedata import normalize

import pghistory
import pytest
from django.apps import apps
from django.contrib.auth.hashers import (
    Argon2PasswordHasher,
    PBKDF2PasswordHasher,
    make_password,
)
from django.test import Client
from knox.models import AuthToken

from users import services
from users.models import User
from users.passwords import spellings
from users.tests.approving import set_hash
from users.tests.conftest import PASSWORD, signed_in

_COMPOSED = normalize("NFC", "café-wanjirũ-ﬁne")
_DECOMPOSED = normalize("NFD", _COMPOSED)
_PLAIN = normalize("NFKC", _COMPOSED)
_ALL = (_COMPOSED, _DECOMPOSED, _PLAIN)
LOG_IN = "/api/auth/login/"

pytestmark = pytest.mark.django_db


def _log_in(password: str, path: str = LOG_IN, number: str = "0712345678") -> int:
    body = {"phone_number": number, "password": password}
    return Client().post(path, body, "application/json").status_code


def _hashed_by_0_1_0(asha: User, password: str) -> str:
    hashed = make_password(password)
    User.objects.filter(pk=asha.pk).update(password=hashed)
    return hashed


def test_the_spellings_differ() -> None:
    assert len(set(_ALL)) == 3
    assert spellings("plain-ascii") == ["plain-ascii"]
    assert spellings(_DECOMPOSED) == [_PLAIN, _DECOMPOSED]


@pytest.mark.parametrize("first", _ALL)
@pytest.mark.parametrize("then", _ALL)
class TestEverySpelling:
    def test_signs_in_after_the_sign_up(self, first: str, then: str) -> None:
        body = {"phone_number": "0712345678", "password": first, "full_name": "Asha"}
        assert Client().post("/api/auth/signup/", body, "application/json").status_code == 201

        for path in (LOG_IN, "/api/auth/token/"):
            assert _log_in(then, path) == 200

    def test_confirms_and_changes(self, asha: User, first: str, then: str) -> None:
        asha.set_password(first)
        asha.save()
        body = {"current_password": then, "new_password": first + "-2"}

        assert (
            signed_in(asha).post("/api/auth/password/", body, "application/json").status_code == 204
        )
        assert _log_in(then + "-2") == 200

    def test_of_0_1_0_signs_in_as_typed_or_normalised(
        self, asha: User, first: str, then: str
    ) -> None:
        _hashed_by_0_1_0(asha, first)

        assert _log_in(then) == (200 if then == first or first == _PLAIN else 401)


class TestRenewal:
    def test_the_hash_is_renewed_once_and_then_every_spelling_signs_in(self, asha: User) -> None:
        before = _hashed_by_0_1_0(asha, _DECOMPOSED)
        assert _log_in(_COMPOSED) == 401
        assert _log_in(_DECOMPOSED) == 200

        renewed = User.objects.get().password
        assert renewed != before
        assert [_log_in(password) for password in _ALL] == [200] * 3
        assert User.objects.get().password == renewed

    def test_the_session_that_renews_it_goes_on_and_others_end(self, asha: User) -> None:
        _hashed_by_0_1_0(asha, _DECOMPOSED)
        asha.refresh_from_db()
        other, client = signed_in(asha), Client()
        AuthToken.objects.create(asha)
        body = {"phone_number": "0712345678", "password": _DECOMPOSED}
        client.post(LOG_IN, body, "application/json")

        assert client.get("/api/auth/me/").status_code == 200
        assert other.get("/api/auth/me/").status_code == 401
        assert not AuthToken.objects.exists()

    def test_a_password_typed_again_does_not_end_its_own_session(self, asha: User) -> None:
        before = _hashed_by_0_1_0(asha, _DECOMPOSED)
        asha.refresh_from_db()
        client = signed_in(asha)
        body = {"new_phone_number": "0722000111", "password": _DECOMPOSED}

        assert client.post("/api/auth/phone/", body, "application/json").status_code == 201
        assert client.get("/api/auth/me/").status_code == 200
        assert User.objects.get().password == before

    def test_a_change_at_the_same_time_wins(
        self, asha: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _hashed_by_0_1_0(asha, _DECOMPOSED)
        changed = make_password("another-fine-passphrase")
        original = User.set_password

        def change_first(self: User, password: str) -> None:
            User.objects.update(password=changed)
            original(self, password)

        monkeypatch.setattr(User, "set_password", change_first)

        assert _log_in(_DECOMPOSED) == 401
        assert User.objects.get().password == changed

    def test_of_two_log_ins_at_the_same_time_both_succeed(
        self, asha: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _hashed_by_0_1_0(asha, _DECOMPOSED)
        original = User.set_password

        def renew_first(self: User, password: str) -> None:
            original(self, password)
            User.objects.update(password=make_password(_PLAIN))

        monkeypatch.setattr(User, "set_password", renew_first)

        assert _log_in(_DECOMPOSED) == 200
        assert User.objects.get().check_password(_COMPOSED)


_OLD_PARAMETERS = PBKDF2PasswordHasher().encode(PASSWORD, "salt", 1000)


class TestRenewalIsNoNewPassword:
    """After an operator set the password, the customer reads so until they choose their own."""

    @pytest.fixture(params=[make_password(_DECOMPOSED), _OLD_PARAMETERS], ids=["typed", "old"])
    def set_by_operator(
        self, request: pytest.FixtureRequest, asha: User, operator: User
    ) -> dict[str, str]:
        """Set a password whose hash the next log-in renews; return the body of the log-in."""
        set_hash(asha, operator, request.param)
        password = PASSWORD if request.param == _OLD_PARAMETERS else _DECOMPOSED
        return {"phone_number": "0712345678", "password": password}

    def test_the_notice_stays(self, asha: User, set_by_operator: dict[str, str]) -> None:
        set_at = services.find_password_set_by_operator(asha)
        before = User.objects.get(pk=asha.pk).password
        client = Client()

        assert client.post(LOG_IN, set_by_operator, "application/json").status_code == 200

        assert User.objects.get(pk=asha.pk).password != before
        assert set_at is not None
        assert services.find_password_set_by_operator(asha) == set_at
        assert client.get("/api/auth/password/").json()["set_by_us_at"] is not None

    def test_the_history_has_both_and_tells_them_apart(
        self, asha: User, operator: User, set_by_operator: dict[str, str]
    ) -> None:
        Client().post(LOG_IN, set_by_operator, "application/json")

        history = apps.get_model("users", "PasswordHistory")._default_manager
        rows = history.filter(pgh_obj=asha.pk).order_by("pgh_id")
        contexts = rows.values_list("pgh_context__metadata", flat=True)
        assert [set(context) for context in contexts] == [
            {"operator", "reason", "proposal"}, {"renewed_hash_of"},
        ]  # fmt: skip

    # pghistory's context lasts as long as its transaction, so here each request has its own.
    @pytest.mark.django_db(transaction=True)
    def test_it_ends_with_a_password_of_their_own(
        self, asha: User, set_by_operator: dict[str, str]
    ) -> None:
        client = Client()
        client.post(LOG_IN, set_by_operator, "application/json")
        body = {"current_password": set_by_operator["password"], "new_password": "my-own-words-now"}

        assert client.post("/api/auth/password/", body, "application/json").status_code == 204
        assert client.get("/api/auth/password/").json()["set_by_us_at"] is None

    def test_an_operators_own_renewal_is_none_of_the_customers(
        self, asha: User, operator: User
    ) -> None:
        with pghistory.context(renewed_hash_of=operator.pk):
            set_hash(asha, operator, make_password("set-by-our-team"))

        assert services.find_password_set_by_operator(asha) is not None

    def test_typing_it_again_renews_nothing(
        self, asha: User, set_by_operator: dict[str, str]
    ) -> None:
        """A renewal would end the session in which it is typed."""
        asha.refresh_from_db()
        before = asha.password

        services.confirm_password(asha, set_by_operator["password"], field="password")

        assert User.objects.get(pk=asha.pk).password == before


class TestEqualWork:
    @pytest.mark.parametrize(("password", "hashes"), [("wrong", 1), (_DECOMPOSED, 2)])
    @pytest.mark.parametrize("state", [{}, {"password": "!unusable"}, None])
    def test_a_failure_costs_as_much_without_an_account(
        self, asha: User, monkeypatch: pytest.MonkeyPatch, password: str, hashes: int, state: Any
    ) -> None:
        done: list[str] = []
        for name in ("encode", "verify"):
            original = getattr(Argon2PasswordHasher, name)

            def counted(self: Any, *a: Any, original: Any = original, **k: Any) -> Any:
                done.append("hash")
                return original(self, *a, **k)

            monkeypatch.setattr(Argon2PasswordHasher, name, counted)
        if state:
            User.objects.update(**state)

        number = "0712345679" if state is None else "0712345678"
        assert _log_in(password, number=number) == 401
        assert len(done) == hashes


@pytest.mark.parametrize("password", ["123456789", "password", "MPESA2026"])
def test_a_weak_password_is_weak_in_wide_letters_too(password: str) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in password)
    body = {"phone_number": "0712345678", "password": wide, "full_name": "Asha"}

    response = Client().post("/api/auth/signup/", body, "application/json")

    assert response.status_code == 400
    assert set(response.json()["fields"]) == {"password"}

"""Reads who sends a request in one statement, and beside it what the view is about to ask for.

The ORM's way is two statements of a millisecond each, before the view's own. Nothing here decides
who may do what: users.authentication does, and takes the ordinary way wherever this finds nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DEFAULT_DB_ALIAS, models
from django.utils.crypto import constant_time_compare
from knox.models import AuthToken
from rest_framework.request import Request

from common.db import read_row
from users.models import User

ModelT = TypeVar("ModelT", bound=models.Model)


@dataclass(frozen=True)
class Beside:
    """One row of the customer's own that is read along.

    `table` is its table under the alias that `columns` uses, found by `condition`; `owner` is the
    column with its customer, who is `customer` in the statement. What `columns` name may use both.
    """

    columns: str
    table: str
    condition: str
    owner: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


class FoundBeside(NamedTuple):
    """What was read along: the columns of the customer's own row, None where there is none."""

    row: tuple[Any, ...] | None


class SignIn(NamedTuple):
    """Who it is, by which token (None: a session), and the row beside: None where there is none."""

    user: User
    token: AuthToken | None
    beside: tuple[Any, ...] | None


def beside_of(request: Request) -> Beside | None:
    """Return what the view wants to read along: its `beside_sign_in()` says so, if it has one."""
    view = (request.parser_context or {}).get("view")
    ask: Callable[[], Beside] | None = getattr(view, "beside_sign_in", None)
    return ask() if ask is not None else None


def keep_beside(request: Request, found: SignIn) -> None:
    """Let the view have what was read along."""
    request._request.read_beside = FoundBeside(found.beside)  # type: ignore[attr-defined]


def found_beside(request: Request) -> FoundBeside | None:
    """Return what was read along; None: nothing was, for this sign-in is another's way."""
    found: FoundBeside | None = getattr(request._request, "read_beside", None)
    return found


@cache
def column_names(model: type[models.Model]) -> list[str]:
    """Return the attributes of a model's columns, in their order."""
    return [column.attname for column in model._meta.concrete_fields]


@cache
def select_list(model: type[models.Model], alias: str) -> str:
    """Return a model's columns, under an alias, as a statement selects them."""
    return ", ".join(f"{alias}.{column.column}" for column in model._meta.concrete_fields)


def _made_of(model: type[ModelT], values: tuple[Any, ...]) -> ModelT:
    return model.from_db(DEFAULT_DB_ALIAS, column_names(model), values)


def find_by_token(digest: str, beside: Beside | None) -> SignIn | None:
    """Return the owner of the token with this digest, expired or not, or None.

    Only who knows the token can name its digest, so that a look-up by the whole of it tells nobody
    more than a comparison in constant time would.
    """
    columns = f"{select_list(User, 'customer')}, {select_list(AuthToken, 'token')}"
    joined = ""
    if beside is not None:
        columns += f", {beside.owner} IS NOT NULL, {beside.columns}"
        joined = f"LEFT JOIN {beside.table} ON {beside.condition} AND {beside.owner} = customer.id"
    # What is pasted in are names of columns; every value is a parameter.
    statement = (
        f"SELECT {columns} FROM knox_authtoken AS token"  # noqa: S608
        f" JOIN users_user AS customer ON customer.id = token.user_id {joined}"
        " WHERE token.digest = %(digest)s"
    )
    row = read_row(statement, {"digest": digest, **(beside.parameters if beside else {})})
    if row is None:
        return None
    of_user, of_token = len(column_names(User)), len(column_names(AuthToken))
    token = _made_of(AuthToken, row[of_user : of_user + of_token])
    token.user = _made_of(User, row[:of_user])
    rest = row[of_user + of_token :]
    return SignIn(token.user, token, rest[1:] if rest and rest[0] else None)


def find_by_session(session: SessionStore, beside: Beside, now: datetime) -> SignIn | None:
    """Return the session's user where the row beside is theirs, or None: ask the ordinary way.

    A session names its user inside of signed text, which no join can read. The row's owner is read
    in their place, and is believed only when the session turns out to be theirs.
    """
    # Django's own keys are letters and digits; a cookie may hold anything, zero bytes too.
    key = session.session_key
    if key is None or not (key.isascii() and key.isalnum()):
        return None
    columns = f"session.session_data, {select_list(User, 'customer')}, {beside.columns}"
    statement = (
        f"SELECT {columns} FROM django_session AS session"  # noqa: S608
        f" JOIN {beside.table} ON {beside.condition}"
        f" JOIN users_user AS customer ON customer.id = {beside.owner}"
        " WHERE session.session_key = %(session_key)s AND session.expire_date > %(read_at)s"
    )
    row = read_row(statement, {"session_key": key, "read_at": now, **beside.parameters})
    if row is None:
        return None
    of_user = 1 + len(column_names(User))
    user = _made_of(User, row[1:of_user])
    if not _belongs_to(session.decode(row[0]), user):
        return None
    # The answer depends on the cookie, as SessionMiddleware then says (Vary).
    session.accessed = True
    return SignIn(user, None, row[of_user:])


#: Whose a session was last time, by the hash of its key, which alone opens nothing. A hint: what
#: it names is believed only when the session turns out to be theirs.
_owners: dict[int, int] = {}
_MOST_OWNERS = 10_000


def remember_owner(session: SessionStore, user: User) -> None:
    """Let this process read session and user together the next time."""
    if len(_owners) >= _MOST_OWNERS:
        _owners.clear()
    _owners[hash(session.session_key)] = user.pk


def beside_remembered(session: SessionStore) -> Beside | None:
    """Return what reads the session's user along, when this process has seen it before."""
    owner_id = _owners.get(hash(session.session_key))
    if owner_id is None:
        return None
    return Beside(
        columns="owner.id",
        table="users_user AS owner",
        condition="owner.id = %(owner_id)s",
        owner="owner.id",
        parameters={"owner_id": owner_id},
    )


def _belongs_to(content: dict[str, Any], user: User) -> bool:
    """Say what django.contrib.auth.get_user says of a session, for the newest key alone."""
    return (
        content.get(SESSION_KEY) == str(user.pk)
        and content.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(content.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    )

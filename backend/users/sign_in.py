"""Reads a request's session or token, its user, and one row that the view needs, in one query.

By the ORM that takes two queries of a millisecond each, before the view's own. Nothing here grants
access: users.authentication does, and uses the ORM wherever this module finds nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import DEFAULT_DB_ALIAS, models
from django.utils.crypto import constant_time_compare
from knox.models import AuthToken
from rest_framework.request import Request

from common.db import read_row
from users.models import User
from users.sessions import SessionStore, stored_keys

ModelT = TypeVar("ModelT", bound=models.Model)


@dataclass(frozen=True)
class JoinedRow:
    """One more row of the signed-in customer, which the sign-in's query reads as well.

    All fields but `parameters` are SQL: `table` with its alias, the `condition` that finds the row,
    and the column `owner` with its customer's id. `columns` may use that alias and `customer`, the
    alias of users_user.
    """

    columns: str
    table: str
    condition: str
    owner: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


class FoundRow(NamedTuple):
    """The columns that a JoinedRow asked for; `row` is None if the customer has no such row."""

    row: tuple[Any, ...] | None


class SignIn(NamedTuple):
    """The user, the token (None for a session), and the columns of the JoinedRow, if found."""

    user: User
    token: AuthToken | None
    row: tuple[Any, ...] | None


def joined_row_of(request: Request) -> JoinedRow | None:
    """Return the JoinedRow that the view wants, if it has the method `row_joined_at_sign_in`."""
    view = (request.parser_context or {}).get("view")
    ask: Callable[[], JoinedRow] | None = getattr(view, "row_joined_at_sign_in", None)
    return ask() if ask is not None else None


def keep_row(request: Request, found: SignIn) -> None:
    """Attach the row to the request, for the view to read by `find_kept_row`."""
    request._request.kept_row = FoundRow(found.row)  # type: ignore[attr-defined]


def find_kept_row(request: Request) -> FoundRow | None:
    """Return the row that the sign-in's query read; None if the user was read another way."""
    found: FoundRow | None = getattr(request._request, "kept_row", None)
    return found


@cache
def column_names(model: type[models.Model]) -> list[str]:
    """Return the attribute names of a model's columns, in the model's order."""
    return [column.attname for column in model._meta.concrete_fields]


@cache
def select_list(model: type[models.Model], alias: str) -> str:
    """Return a model's columns, with a table alias, as the text of a SELECT list."""
    return ", ".join(f"{alias}.{column.column}" for column in model._meta.concrete_fields)


def _made_of(model: type[ModelT], values: tuple[Any, ...]) -> ModelT:
    return model.from_db(DEFAULT_DB_ALIAS, column_names(model), values)


def find_by_token(digest: str, joined: JoinedRow | None) -> SignIn | None:
    """Return the owner of the token with this digest, even if it has expired, or None.

    Only a caller who knows the token can compute its digest, so the time of this look-up reveals no
    more than a comparison in constant time.
    """
    columns = f"{select_list(User, 'customer')}, {select_list(AuthToken, 'token')}"
    join = ""
    if joined is not None:
        columns += f", {joined.owner} IS NOT NULL, {joined.columns}"
        join = f"LEFT JOIN {joined.table} ON {joined.condition} AND {joined.owner} = customer.id"
    # Only names of tables and columns are formatted into the text; every value is a parameter.
    statement = (
        f"SELECT {columns} FROM knox_authtoken AS token"  # noqa: S608
        f" JOIN users_user AS customer ON customer.id = token.user_id {join}"
        " WHERE token.digest = %(digest)s"
    )
    row = read_row(statement, {"digest": digest, **(joined.parameters if joined else {})})
    if row is None:
        return None
    of_user, of_token = len(column_names(User)), len(column_names(AuthToken))
    token = _made_of(AuthToken, row[of_user : of_user + of_token])
    token.user = _made_of(User, row[:of_user])
    rest = row[of_user + of_token :]
    return SignIn(token.user, token, rest[1:] if rest and rest[0] else None)


def find_by_session(session: SessionStore, joined: JoinedRow, now: datetime) -> SignIn | None:
    """Return the session's user if `joined` is their row; None means to read the user by the ORM.

    A session names its user inside signed text, which SQL cannot join. So the query joins the row's
    owner, who is returned only if the session's text then names the same user.
    """
    # Django's session keys are letters and digits; a cookie may hold anything, even zero bytes.
    key = session.session_key
    if key is None or not (key.isascii() and key.isalnum()):
        return None
    columns = f"session.session_data, {select_list(User, 'customer')}, {joined.columns}"
    statement = (
        f"SELECT {columns} FROM django_session AS session"  # noqa: S608
        f" JOIN {joined.table} ON {joined.condition}"
        f" JOIN users_user AS customer ON customer.id = {joined.owner}"
        " WHERE session.session_key = ANY(%(session_keys)s) AND session.expire_date > %(read_at)s"
    )
    keys = stored_keys(key)
    row = read_row(statement, {"session_keys": keys, "read_at": now, **joined.parameters})
    if row is None:
        return None
    of_user = 1 + len(column_names(User))
    user = _made_of(User, row[1:of_user])
    if not _belongs_to(session.decode(row[0]), user):
        return None
    # The answer depends on the cookie; `accessed` makes SessionMiddleware add `Vary: Cookie`.
    session.accessed = True
    return SignIn(user, None, row[of_user:])


#: The user id of each session, by the hash of the session's key (a hash opens no session). An entry
#: may be wrong: the user is returned only if the session's text names the same one.
_owners: dict[int, int] = {}
_MAX_OWNERS = 10_000


def remember_owner(session: SessionStore, user: User) -> None:
    """Remember the session's user, so that this process can read both in one query next time."""
    if len(_owners) >= _MAX_OWNERS:
        _owners.clear()
    _owners[hash(session.session_key)] = user.pk


def joined_row_of_remembered_user(session: SessionStore) -> JoinedRow | None:
    """Return a JoinedRow of the session's remembered user, or None if this process knows none."""
    owner_id = _owners.get(hash(session.session_key))
    if owner_id is None:
        return None
    return JoinedRow(
        columns="owner.id",
        table="users_user AS owner",
        condition="owner.id = %(owner_id)s",
        owner="owner.id",
        parameters={"owner_id": owner_id},
    )


def _belongs_to(content: dict[str, Any], user: User) -> bool:
    """Return whether the session is the user's, by the checks of django.contrib.auth.get_user.

    Unlike it, sessions signed with an older SECRET_KEY (a fallback) do not pass.
    """
    return (
        content.get(SESSION_KEY) == str(user.pk)
        and content.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(content.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    )

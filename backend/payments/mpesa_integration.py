"""The gateway that speaks to Daraja: token, HTTP and time limits. What it says is `daraja`'s.

Nothing here is sent twice: M-Pesa knows no idempotency key (docs/daraja.md §2), so a push is
repeated only when its token was refused, which is before M-Pesa does anything. No Django.
"""

import base64
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx

from common import clock
from payments.daraja import HOSTS, oauth, replies, stk
from payments.daraja.callbacks import parse_callback
from payments.gateway import (
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PushAccepted,
    PushRequest,
    QueryAnswer,
    RejectionReason,
    StkCallback,
)
from payments.gateways.gate import PushGate
from payments.gateways.http import (
    Deadline,
    ThreadClients,
    exchange,
    make_client_factory,
    read_date,
)
from payments.gateways.token_store import (
    SharedToken,
    TokenStore,
    TokenUnavailable,
    pick_token_store,
)

logger = logging.getLogger(__name__)

TOKEN_LIMIT_S = 10.0
#: What is shorter than this is no secret but a word that may occur anywhere in a reply.
_SECRET_MIN_LENGTH = 8
#: The request had not left us when these were raised; every other error is an unknown outcome.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Answer = TypeVar("Answer")


class MpesaGateway:
    """STK Push over Daraja. Safe to share between threads; holds no database connection.

    `timeout_s` bounds all calls of one push, or of one query, together. At most
    `max_calls_in_flight` pushes wait for M-Pesa at a time, and none is sent while M-Pesa is down
    (PushGate). Queries are the worker's, which has limits of its own: they neither take a slot from
    a push nor wait for one, and how old prompts ended is asked at any time.

    Raises:
        ValueError: a number, the environment or the address is not one Daraja could have.
    """

    def __init__(
        self,
        *,
        consumer_key: str,
        consumer_secret: str,
        business_short_code: str,
        passkey: str,
        environment: str = "sandbox",
        base_url: str = "",
        transaction_type: str = stk.PAYBILL,
        party_b: str = "",
        timeout_s: float = 20.0,
        max_calls_in_flight: int = 64,
        token_store: TokenStore | None = None,
        client_factory: Callable[[], httpx.Client] | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self.environment = environment
        self.business_short_code = business_short_code
        self._base_url = _check_base_url(base_url or HOSTS.get(environment, ""))
        self._short_code = stk.ShortCode(
            business_short_code=business_short_code,
            passkey=passkey,
            transaction_type=transaction_type,
            party_b=party_b,
        )
        self._basic = base64.b64encode(f"{consumer_key}:{consumer_secret}".encode()).decode()
        self._secrets = (consumer_key, consumer_secret, passkey, self._basic)
        self._timeout_s = timeout_s
        # Half of the whole, so that a push is left time after a slow or a second token.
        self._token_limit_s = min(TOKEN_LIMIT_S, timeout_s / 2)
        self._tokens = SharedToken(
            token_store or pick_token_store(),
            fingerprint=hashlib.sha256(f"{self._base_url} {consumer_key}".encode()).hexdigest(),
            renewal_limit_s=self._token_limit_s,
        )
        self._gate = PushGate(max_calls_in_flight)
        self._clients = ThreadClients(client_factory or make_client_factory())
        self._now = now

    def __repr__(self) -> str:
        return f"MpesaGateway({self.environment}, {self.business_short_code})"

    def push(self, request: PushRequest) -> PushAccepted:
        """Put a prompt on the phone, at most once.

        Raises:
            GatewayRejected: a clear no; nothing was sent to the phone.
            GatewayUnreachable: the request never left us, or none is let through (PushGate).
            OutcomeUnknown: it left us, and no clear answer came back.
        """
        payload = stk.build_push_payload(request, self._short_code, now=self._now())
        with self._gate.passing():
            return self._call(stk.PUSH_PATH, payload, stk.parse_push_reply)

    def query(self, checkout_request_id: str) -> QueryAnswer:
        """Ask how one prompt ended.

        Raises:
            GatewayRejected: refused (`RejectionReason.BUSY`: throttled); the payment is unknown.
            GatewayUnreachable: the question never left us.
            OutcomeUnknown: the answer is unreadable, unlisted or about another prompt.
        """
        payload = stk.build_query_payload(checkout_request_id, self._short_code, now=self._now())

        def parse(status: int, body: bytes) -> QueryAnswer:
            return stk.parse_query_reply(status, body, checkout_request_id=checkout_request_id)

        return self._call(stk.QUERY_PATH, payload, parse)

    def parse_callback(self, body: bytes) -> StkCallback:
        """Read a callback's body.

        Raises:
            MalformedCallback: it is not one.
        """
        return parse_callback(body)

    def check_credentials(self) -> None:
        """See whether key and secret are good, by the token that all processes share.

        A new token may kill the last one, so that M-Pesa is asked only where none is good.

        Raises:
            GatewayRejected: key or secret is wrong.
            GatewayUnreachable: M-Pesa was not reached.
        """
        self._obtain_token(Deadline(self._timeout_s))

    def read_clock(self) -> datetime | None:
        """Return the time at M-Pesa, to the second; None where it does not tell.

        The question carries no credentials: it is refused, and no token is issued.

        Raises:
            GatewayUnreachable: no answer came.
        """
        request = httpx.Request("GET", self._base_url + oauth.TOKEN_PATH)
        try:
            date = read_date(self._clients.get(), request, Deadline(self._token_limit_s))
        except httpx.RequestError as error:
            raise GatewayUnreachable(self._describe(request, error)) from error
        with suppress(ValueError):
            return None if date is None else parsedate_to_datetime(date)
        return None

    def close(self) -> None:
        """Close the connections of all threads."""
        self._clients.close()

    def _call(
        self,
        path: str,
        payload: Mapping[str, int | str],
        parse: Callable[[int, bytes], Answer],
    ) -> Answer:
        """Post the payload with the token; once more with a new one if the token was refused."""
        deadline = Deadline(self._timeout_s)
        token = self._obtain_token(deadline)
        try:
            return parse(*self._post(path, payload, token, deadline))
        except replies.TokenRejected:
            token = self._renew_token(token, deadline)
        try:
            return parse(*self._post(path, payload, token, deadline))
        except replies.TokenRejected as error:
            # A new token refused too: keys of another app, or one without Lipa na M-Pesa (§1).
            raise GatewayRejected(str(error), reason=RejectionReason.AUTHENTICATION) from error

    def _post(
        self, path: str, payload: Mapping[str, int | str], token: str, deadline: Deadline
    ) -> tuple[int, bytes]:
        request = httpx.Request(
            "POST",
            self._base_url + path,
            content=json.dumps(payload).encode(),
            headers={
                "Authorization": f"Bearer {token}",
                # Without it Daraja complains about the short code (docs/daraja.md §2).
                "Content-Type": "application/json",
            },
        )
        return self._exchange(request, deadline, token)

    def _exchange(
        self, request: httpx.Request, deadline: Deadline, token: str = ""
    ) -> tuple[int, bytes]:
        """Return status and body, blanked of secrets, as some errors echo the token (§1).

        Raises:
            GatewayUnreachable: the request had not left us.
            OutcomeUnknown: it had.
        """
        request.headers["Accept"] = "application/json"
        request.headers["Accept-Encoding"] = "identity"
        try:
            status, body = exchange(self._clients.get(), request, deadline)
        except _NEVER_SENT as error:
            raise GatewayUnreachable(self._describe(request, error, token)) from error
        except httpx.RequestError as error:
            raise OutcomeUnknown(self._describe(request, error, token)) from error
        return status, self._blanked(body, token)

    def _describe(self, request: httpx.Request, error: httpx.RequestError, token: str = "") -> str:
        """Name what went wrong; a broken reply's own bytes may stand in the error's text."""
        text = f"{request.url.path}: {type(error).__name__} {error}".strip()
        return replies.redact(self._blanked(text.encode(), token).decode())

    def _blanked(self, body: bytes, token: str) -> bytes:
        for secret in (*self._secrets, token):
            if len(secret) >= _SECRET_MIN_LENGTH:
                body = body.replace(secret.encode(), b"[redacted]")
        return body

    def _obtain_token(self, deadline: Deadline) -> str:
        try:
            return self._tokens.obtain(
                lambda: self._fetch_token(deadline), wait_s=deadline.left_s()
            )
        except TokenUnavailable as error:
            raise GatewayUnreachable(str(error)) from error

    def _renew_token(self, refused: str, deadline: Deadline) -> str:
        """Drop the token, if it is still the one that was refused, and obtain another."""
        try:
            self._tokens.drop(refused)
        except TokenUnavailable as error:
            raise GatewayUnreachable(str(error)) from error
        return self._obtain_token(deadline)

    def _fetch_token(self, deadline: Deadline) -> oauth.IssuedToken:
        """Ask Daraja for a token; what goes wrong here happened before anything was sent."""
        request = httpx.Request(
            "GET",
            self._base_url + oauth.TOKEN_PATH,
            headers={"Authorization": f"Basic {self._basic}"},
        )
        try:
            status, body = self._exchange(request, deadline.within(self._token_limit_s))
        except OutcomeUnknown as error:
            raise GatewayUnreachable(error.detail) from error
        issued = oauth.parse_token_reply(status, body)
        logger.info("Renewed the Daraja token, good for %s s", issued.expires_in_s)
        return issued


def _check_base_url(base_url: str) -> str:
    """Return the address without its last slash.

    Raises:
        ValueError: it is no http or https address, or carries a password.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:  # no ValueError by birth
        raise ValueError("the address of Daraja cannot be read") from error
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ValueError("the address of Daraja must be http(s)://host[:port]")
    return base_url.rstrip("/")

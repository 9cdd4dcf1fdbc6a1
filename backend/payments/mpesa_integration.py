"""The gateway to Daraja: access token, HTTP and time limits. Package `daraja` makes the messages.

M-Pesa has no idempotency keys (docs/daraja.md §2), so no push is sent twice, with one exception:
once more where Daraja rejected the access token, because M-Pesa then did nothing. No Django.
"""

import base64
import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx

from common import clock
from payments.daraja import HOSTS, c2b, oauth, pull, replies, stk, transaction_status
from payments.daraja.callbacks import parse_callback
from payments.gateway import (
    AddressesRegistered,
    AddressRegistration,
    GatewayError,
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    PulledPage,
    PullRegistered,
    PushAccepted,
    PushRequest,
    QueryAnswer,
    RejectionReason,
    StkCallback,
    TransactionQueryAccepted,
)
from payments.gateways.gate import PushGate
from payments.gateways.http import (
    REPLY_MAX_BYTES,
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
from payments.metrics import time_request

logger = logging.getLogger(__name__)

TOKEN_LIMIT_S = 10.0
#: The waits before M-Pesa's list of payments is asked for again, after an error of the connection
#: or a throttle: Daraja lets a few requests pass in a second (docs/daraja.md §3).
PULL_WAITS_S = (1.0, 2.0, 4.0)
#: A shorter secret is not blanked: such text may occur anywhere in a reply.
_SECRET_MIN_LENGTH = 8
#: Errors raised before the request was sent; after every other error the outcome is unknown.
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

Answer = TypeVar("Answer")


class MpesaGateway:
    """STK Push over Daraja. Safe to share between threads; holds no database connection.

    `timeout_s` limits all HTTP requests of one push, or of one query, together. At most
    `max_calls_in_flight` pushes wait for M-Pesa at a time, and none is sent while M-Pesa is down
    (PushGate). Status queries do not pass the PushGate: the worker sends them, within limits of its
    own, also while M-Pesa rejects pushes.

    Raises:
        ValueError: a short code, the environment or the base address is not valid for Daraja.
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
        initiator_name: str = "",
        security_credential: str = "",
        token_store: TokenStore | None = None,
        client_factory: Callable[[], httpx.Client] | None = None,
        now: Callable[[], datetime] = clock.now,
        sleep: Callable[[float], None] = time.sleep,
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
        self._initiator_name = initiator_name
        self._security_credential = security_credential
        self._secrets = (consumer_key, consumer_secret, passkey, self._basic, security_credential)
        self._timeout_s = timeout_s
        # Half of the time limit, so that the push has time left after a slow or second token
        # request.
        self._token_limit_s = min(TOKEN_LIMIT_S, timeout_s / 2)
        self._tokens = SharedToken(
            token_store or pick_token_store(),
            fingerprint=hashlib.sha256(f"{self._base_url} {consumer_key}".encode()).hexdigest(),
            renewal_limit_s=self._token_limit_s,
        )
        self._gate = PushGate(max_calls_in_flight)
        self._clients = ThreadClients(client_factory or make_client_factory())
        self._now = now
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"MpesaGateway({self.environment}, {self.business_short_code})"

    def push(self, request: PushRequest) -> PushAccepted:
        """Put a prompt on the phone, at most once.

        Raises:
            GatewayRejected: M-Pesa rejected the push; no prompt was sent to the phone.
            GatewayUnreachable: the request was not sent, or PushGate let none through.
            OutcomeUnknown: the request was sent, and no clear answer came back.
        """
        payload = stk.build_push_payload(request, self._short_code, now=self._now())
        with self._gate.passing():
            return self._call(stk.PUSH_PATH, payload, stk.parse_push_reply)

    def query(self, checkout_request_id: str) -> QueryAnswer:
        """Send a status query: ask how one push ended.

        Raises:
            GatewayRejected: M-Pesa rejected the query (`RejectionReason.BUSY`: throttled); the
                payment's outcome is unknown.
            GatewayUnreachable: the query was not sent.
            OutcomeUnknown: the answer is unreadable, has a code that we do not know, or is about
                another push.
        """
        payload = stk.build_query_payload(checkout_request_id, self._short_code, now=self._now())

        def parse(status: int, body: bytes) -> QueryAnswer:
            return stk.parse_query_reply(status, body, checkout_request_id=checkout_request_id)

        return self._call(stk.QUERY_PATH, payload, parse)

    def parse_callback(self, body: bytes) -> StkCallback:
        """Read a callback's body.

        Raises:
            MalformedCallback: the body is not a callback.
        """
        return parse_callback(body)

    def register_addresses(self, request: AddressRegistration) -> AddressesRegistered:
        """Register the addresses for payments by hand; in production this can be done once.

        Raises:
            AlreadyRegistered: there are addresses for this short code.
            ProductMissing: the app lacks C2B, or has it in the other version.
            GatewayRejected: another clear no; nothing was registered.
            GatewayUnreachable: the request was not sent.
            OutcomeUnknown: it was sent, and the addresses may be registered.
        """
        payload = c2b.build_register_payload(request, business_short_code=self.business_short_code)
        return self._call(c2b.register_path(request.version), payload, c2b.parse_register_reply)

    def pull_transactions(self, begin: datetime, end: datetime, offset: int) -> PulledPage:
        """Ask for the payments from `begin` to `end` (both aware), beginning at `offset`.

        Asking changes nothing, so it is repeated after an error of the connection or a throttle.

        Raises:
            ProductMissing: the app lacks the product Pull Transactions.
            GatewayRejected: another clear no.
            GatewayUnreachable: the request was not sent.
            OutcomeUnknown: it was sent, and no clear answer came back.
        """
        payload = pull.build_query_payload(
            begin, end, offset, business_short_code=self.business_short_code
        )
        for wait_s in PULL_WAITS_S:
            try:
                return self._pull(payload)
            except GatewayError as error:
                if not _may_pass(error):
                    raise
                logger.warning("Asking again in %s s: %s", wait_s, error.detail)
                self._sleep(wait_s)
        return self._pull(payload)

    def _pull(self, payload: Mapping[str, int | str]) -> PulledPage:
        return self._call(
            pull.QUERY_PATH, payload, pull.parse_query_reply, max_bytes=pull.PAGE_MAX_BYTES
        )

    def register_pull(self, nominated_number: str, callback_url: str) -> PullRegistered:
        """Have M-Pesa keep the list for this short code. Needed once; again it changes nothing.

        Raises:
            ProductMissing: the app lacks the product Pull Transactions.
            GatewayRejected: another clear no; nothing was registered.
            GatewayUnreachable: the request was not sent.
            OutcomeUnknown: it was sent, and the short code may be registered.
        """
        payload = pull.build_register_payload(
            nominated_number, callback_url, business_short_code=self.business_short_code
        )
        return self._call(pull.REGISTER_PATH, payload, pull.parse_register_reply)

    def query_transaction(
        self, receipt: str, result_url: str, timeout_url: str
    ) -> TransactionQueryAccepted:
        """Ask what became of the transaction with this receipt; the answer is posted to the URLs.

        It is sent once. A rejected access token is renewed, since Daraja rejects it before anybody
        looks at the initiator.

        Raises:
            InitiatorRejected: M-Pesa rejected the initiator; no answer will be posted.
            GatewayRejected: M-Pesa rejected the question (`RejectionReason.BUSY`: for now); no
                answer will be posted.
            GatewayUnreachable: the question was not sent, or no initiator is configured.
            OutcomeUnknown: it was sent, and may be answered.
        """
        if not self._security_credential:
            raise GatewayUnreachable("no initiator is configured (MPESA_INITIATOR_NAME)")
        payload = transaction_status.build_payload(
            receipt,
            result_url=result_url,
            timeout_url=timeout_url,
            business_short_code=self.business_short_code,
            initiator_name=self._initiator_name,
            security_credential=self._security_credential,
        )
        return self._call(transaction_status.QUERY_PATH, payload, transaction_status.parse_reply)

    def check_credentials(self) -> None:
        """Check consumer key and secret, by the access token that all processes share.

        A new token may end the last one, so a new one is requested only where none is valid.

        Raises:
            GatewayRejected: the consumer key or secret is wrong.
            GatewayUnreachable: M-Pesa was not reached.
        """
        self._obtain_token(Deadline(self._timeout_s))

    def read_clock(self) -> datetime | None:
        """Return M-Pesa's clock, to the second; None where the reply has no Date header.

        The request carries no credentials, so Daraja rejects it and issues no token.

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
        max_bytes: int = REPLY_MAX_BYTES,
    ) -> Answer:
        """Post the payload with the access token; once more with a new token if it was rejected."""
        deadline = Deadline(self._timeout_s)
        token = self._obtain_token(deadline)
        try:
            return parse(*self._post(path, payload, token, deadline, max_bytes))
        except replies.TokenRejected:
            token = self._renew_token(token, deadline)
        try:
            return parse(*self._post(path, payload, token, deadline, max_bytes))
        except replies.TokenRejected as error:
            # Daraja rejected the new token, too: the keys belong to another app, or
            # to one without Lipa na M-Pesa (docs/daraja.md §1).
            raise GatewayRejected(str(error), reason=RejectionReason.AUTHENTICATION) from error

    def _post(
        self,
        path: str,
        payload: Mapping[str, int | str],
        token: str,
        deadline: Deadline,
        max_bytes: int,
    ) -> tuple[int, bytes]:
        request = httpx.Request(
            "POST",
            self._base_url + path,
            content=json.dumps(payload).encode(),
            headers={
                "Authorization": f"Bearer {token}",
                # Without this header Daraja rejects the short code (docs/daraja.md §2).
                "Content-Type": "application/json",
            },
        )
        return self._exchange(request, deadline, token, max_bytes)

    def _exchange(
        self,
        request: httpx.Request,
        deadline: Deadline,
        token: str = "",
        max_bytes: int = REPLY_MAX_BYTES,
    ) -> tuple[int, bytes]:
        """Return status and body, with secrets blanked: some errors echo the access token.

        Raises:
            GatewayUnreachable: the request was not sent.
            OutcomeUnknown: the request was sent, and no complete answer came back.
        """
        request.headers["Accept"] = "application/json"
        request.headers["Accept-Encoding"] = "identity"
        with time_request(request.url.path) as timed:
            try:
                status, body = exchange(self._clients.get(), request, deadline, max_bytes)
            except _NEVER_SENT as error:
                timed.outcome = "not_sent"
                raise GatewayUnreachable(self._describe(request, error, token)) from error
            except httpx.RequestError as error:
                raise OutcomeUnknown(self._describe(request, error, token)) from error
            timed.outcome = "answered" if status < 300 else "refused"
        return status, self._blanked(body, token)

    def _describe(self, request: httpx.Request, error: httpx.RequestError, token: str = "") -> str:
        """Return the error as text without secrets: it may quote bytes of a broken reply."""
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
        """Drop the rejected token, unless it was renewed meanwhile, and obtain a valid one."""
        try:
            self._tokens.drop(refused)
        except TokenUnavailable as error:
            raise GatewayUnreachable(str(error)) from error
        return self._obtain_token(deadline)

    def _fetch_token(self, deadline: Deadline) -> oauth.IssuedToken:
        """Request a token from Daraja. Any error here is one before the push was sent."""
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


def _may_pass(error: GatewayError) -> bool:
    """Return whether the same question may have an answer a moment later."""
    if isinstance(error, GatewayRejected):
        return error.reason is RejectionReason.BUSY
    return True


def _check_base_url(base_url: str) -> str:
    """Return the address without its last slash.

    Raises:
        ValueError: the address is not http or https, or contains a user name or password.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:  # not a subclass of ValueError
        raise ValueError("the address of Daraja cannot be read") from error
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ValueError("the address of Daraja must be http(s)://host[:port]")
    return base_url.rstrip("/")

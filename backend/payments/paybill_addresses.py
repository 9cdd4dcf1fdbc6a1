"""The two addresses for payments by hand: how they are made, and what may be wrong with them.

M-Pesa registers them once for all in production, so they are examined before, and by the doctor
after.
"""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from payments.daraja import c2b
from payments.daraja.addresses import (
    CALLED_PORTS,
    find_refused_texts,
    find_refused_words,
    host_of,
    is_local_host,
    is_tunnel,
)
from payments.gateways.http import make_client_factory
from payments.gateways.probe import Probed, ProbeFailed, probe

_PATH = "/api/payments/paybill/{secret}/{name}/"
#: Characters of the secret that are shown, so that two of them can be told apart.
_SHOWN = 4
#: A random secret of 32 characters is longer than this even when it is compressed.
_MIN_COMPRESSED_BYTES = 32
#: How long a validation may take by our own promise, and how long M-Pesa waits: docs/daraja.md §13.
VALIDATION_PROMISE_S, VALIDATION_LIMIT_S = 1.0, 8.0
_OK, _METHOD_NOT_ALLOWED, _NOT_FOUND = 200, 405, 404


@dataclass(frozen=True, kw_only=True)
class PaybillAddresses:
    """Both addresses. Anybody who knows their secret can report payments: `repr` hides it."""

    origin: str
    secret: str = field(repr=False)

    @property
    def validation_url(self) -> str:
        """Return where M-Pesa asks whether to take a payment."""
        return self._build("validation", self.secret)

    @property
    def confirmation_url(self) -> str:
        """Return where M-Pesa reports a payment."""
        return self._build("confirmation", self.secret)

    @property
    def masked_validation_url(self) -> str:
        """Return the validation's address with the last four characters of its secret."""
        return self._build("validation", f"****{self.secret[-_SHOWN:]}")

    @property
    def masked_confirmation_url(self) -> str:
        """Return the confirmation's address with the last four characters of its secret."""
        return self._build("confirmation", f"****{self.secret[-_SHOWN:]}")

    @property
    def digest(self) -> str:
        """Return the SHA-256 of both addresses, by which a registration is compared."""
        both = f"{self.confirmation_url}\n{self.validation_url}"
        return hashlib.sha256(both.encode()).hexdigest()

    def _build(self, name: str, secret: str) -> str:
        return self.origin + _PATH.format(secret=secret, name=name)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with the addresses, and how to mend it.

    With a grave one, payments would be lost, forged or refused; it stops a registration where money
    is real.
    """

    says: str
    fix: str
    is_grave: bool = True


def build_addresses(conf: Any) -> PaybillAddresses:
    """Return the addresses by the settings: at the origin of MPESA_CALLBACK_URL."""
    parts = urlsplit(conf.MPESA_CALLBACK_URL)
    # Without a user name or password, which M-Pesa would not send.
    host = parts.netloc.rpartition("@")[2].lower()
    return PaybillAddresses(origin=f"{parts.scheme}://{host}", secret=conf.PAYBILL_URL_SECRET)


def is_weak_secret(secret: str) -> bool:
    """Return whether the secret has little in it: a short text repeated, or few characters."""
    return len(zlib.compress(secret.encode(), 9)) < _MIN_COMPRESSED_BYTES


def is_simulated(conf: Any) -> bool:
    """Return whether Daraja is a simulator on this machine, which reaches local addresses."""
    return is_local_host(host_of(conf.PAYMENTS_GATEWAY["OPTIONS"].get("base_url", "")))


def find_faults(conf: Any) -> Iterator[Fault]:
    """Yield what can be seen to be wrong without a request."""
    addresses = build_addresses(conf)
    yield from _faults_of_the_secret(addresses)
    is_at_home = is_local_host(host_of(addresses.origin))
    if not (is_at_home and is_simulated(conf)):
        yield from _faults_of_the_origin(addresses.origin)


def _faults_of_the_secret(addresses: PaybillAddresses) -> Iterator[Fault]:
    fix = "set another PAYBILL_URL_SECRET, before it is registered"
    if is_weak_secret(addresses.secret):
        yield Fault(says="PAYBILL_URL_SECRET repeats itself and can be guessed", fix=fix)
    words = find_refused_texts(addresses.secret)
    if words:
        yield Fault(says=f"the secret contains what Daraja may refuse: {', '.join(words)}", fix=fix)


def _faults_of_the_origin(origin: str) -> Iterator[Fault]:
    parts, host = urlsplit(origin), host_of(origin)
    fix = "set MPESA_CALLBACK_URL to an HTTPS address at your public name"
    if parts.scheme != "https":
        yield Fault(says="is not HTTPS", fix=fix)
    if is_local_host(host):
        yield Fault(says=f"{host} cannot be reached from Safaricom", fix=fix)
    elif is_tunnel(host):
        yield Fault(says="Safaricom refuses tunnels in production", fix=fix)
    words = find_refused_words(origin)
    if words:
        yield Fault(
            says=f"the host contains what Daraja may refuse: {', '.join(words)}",
            fix="choose a host without these words",
        )
    if parts.port not in CALLED_PORTS:
        yield Fault(
            says=f"port {parts.port}: Safaricom is known not to call it",
            fix="let your proxy answer on 443",
        )


def probe_faults(conf: Any) -> Iterator[Fault]:
    """Yield what is wrong with the answers at both addresses, by requests that change nothing.

    The validation is sent an account number that no customer has; the confirmation is sent a GET,
    because a POST would report a payment.
    """
    addresses = build_addresses(conf)
    body = c2b.build_trial_validation(
        business_short_code=conf.PAYMENTS_GATEWAY["OPTIONS"].get("business_short_code", ""),
        amount=conf.DEPOSIT_MIN_AMOUNT,
    )
    with closing(make_client_factory()()) as client:
        try:
            asked = probe(
                client,
                "POST",
                addresses.validation_url,
                limit_s=VALIDATION_LIMIT_S,
                body=body,
            )
            told = probe(client, "GET", addresses.confirmation_url, limit_s=VALIDATION_LIMIT_S)
        except ProbeFailed as error:
            yield _describe_failure(error)
            return
    yield from judge_validation(asked)
    yield from judge_confirmation(told)


def _describe_failure(error: ProbeFailed) -> Fault:
    if error.is_untrusted:
        return Fault(
            says="the certificate of the host is not trusted",
            fix="install one of a public authority, with its chain",
        )
    return Fault(
        says=f"the addresses were not reached from here: {error}",
        fix="is the API running? try it where the public address can be reached",
        is_grave=False,
    )


def judge_validation(asked: Probed) -> Iterator[Fault]:
    """Yield what is wrong with the answer to a validation about an unknown account number."""
    fault = _judge_status("validation", asked.status, wanted=_OK)
    if fault is not None:
        yield fault
        return
    result_code = c2b.read_validation_code(asked.body)
    if result_code is None:
        fix = "is it this API that answers there?"
        yield Fault(says="the validation's answer is not one of C2B", fix=fix)
    elif c2b.accepts_payment(result_code):
        yield Fault(
            says="the validation takes payments for an account number that does not exist",
            fix="is it this API, of this release, that answers there?",
        )
    elif result_code != c2b.INVALID_ACCOUNT:
        yield Fault(
            says=f"the validation refuses an unknown account number with {result_code}",
            fix=f"customers read why by the code: {c2b.INVALID_ACCOUNT} is right",
            is_grave=False,
        )
    if asked.took_s > VALIDATION_PROMISE_S:
        yield Fault(
            says=f"the validation took {asked.took_s:.1f} s: M-Pesa waits for about 8",
            fix="look for what is slow: the proxy, the database, the machine",
            is_grave=False,
        )


def judge_confirmation(told: Probed) -> Iterator[Fault]:
    """Yield what is wrong with the answer to a GET of the confirmation's address."""
    fault = _judge_status("confirmation", told.status, wanted=_METHOD_NOT_ALLOWED)
    if fault is not None:
        yield fault


def _judge_status(name: str, status: int, *, wanted: int) -> Fault | None:
    if status == wanted:
        return None
    if 300 <= status < 400:
        return Fault(
            says=f"the {name}'s address redirects (HTTP {status}): Safaricom follows none",
            fix="let the proxy pass the paths under /api/payments/paybill/ on as they are",
        )
    if status == _NOT_FOUND:
        return Fault(
            says=f"the {name}'s address answers 404",
            fix="do API and this command have the same PAYBILL_ENABLED and PAYBILL_URL_SECRET?",
        )
    return Fault(
        says=f"the {name}'s address answers HTTP {status} in place of {wanted}",
        fix="is there a log-in, a bot check or an outage before it?",
    )

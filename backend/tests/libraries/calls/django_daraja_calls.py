"""django-daraja: its addresses are fixed, so the function that chooses one is replaced.

It reads Django's settings, keeps its token in a table, and encrypts the initiator's password with a
certificate in the project's folder.
"""

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.core.management import call_command
from lines import SHOP, serve


def _write_certificate(file: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simulator")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file.parent.mkdir()
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


FOLDER = tempfile.TemporaryDirectory()
_write_certificate(Path(FOLDER.name) / "certs/sandbox.cer")
settings.configure(
    INSTALLED_APPS=["django_daraja"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    BASE_DIR=FOLDER.name,
    MPESA_ENVIRONMENT="sandbox",
    MPESA_CONSUMER_KEY=SHOP.consumer_key,
    MPESA_CONSUMER_SECRET=SHOP.consumer_secret,
    MPESA_SHORTCODE=SHOP.shortcode,
    MPESA_EXPRESS_SHORTCODE=SHOP.shortcode,
    MPESA_PASSKEY=SHOP.passkey,
    MPESA_INITIATOR_USERNAME=SHOP.initiator,
    MPESA_INITIATOR_SECURITY_CREDENTIAL=SHOP.security_credential,
)
django.setup()
call_command("migrate", verbosity=0)

# Its modules read the settings above when they are imported.
from django_daraja.mpesa import core, utils  # noqa: E402

core.api_base_url = utils.api_base_url = lambda: f"{SHOP.url}/"
CLIENT = core.MpesaClient()


def push(phone: str, amount: int, reference: str, url: str) -> Any:
    return CLIENT.stk_push(phone, amount, reference, "Deposit", url).json()


def callback(body: dict[str, Any]) -> Any:
    read = CLIENT.parse_stk_result(json.dumps(body))
    return {"paid": read["ResultCode"] == 0, "receipt": read["MpesaReceiptNumber"]}


def b2c(phone: str, amount: int, number: str, result_url: str, timeout_url: str) -> Any:
    # It has one address for the result and for the timeout.
    return CLIENT.business_payment(phone, amount, "Withdrawal", result_url, "none").json()


serve({"token": CLIENT.access_token, "push": push, "callback": callback, "b2c": b2c})

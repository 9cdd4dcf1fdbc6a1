"""The environment of the tests, set before the settings are read: production-like, with the mock.

A pytest plugin, switched on in pyproject.toml (`python -m pytest` finds it). Neither the
developer's `.env` nor variables of the shell change what is tested; only DATABASE_URL is kept.
"""

import os

from config import env

_TEST_ENVIRONMENT = {
    "DEBUG": "False",
    # pragma: allowlist nextline secret
    "SECRET_KEY": "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "MPESA_DEBUG": "True",
    "MPESA_ALLOW_MOCK": "True",
    # Test clients speak plain HTTP.
    "SECURE_SSL_REDIRECT": "False",
    "SESSION_COOKIE_SECURE": "False",
    "CSRF_COOKIE_SECURE": "False",
}
_OURS = (
    "API_", "BIND_", "CACHE_", "CORS_", "CSRF_", "DARAJA_", "DB_", "DEPOSIT_", "FIELD_", "KYC_",
    "LOGIN_", "MPESA_", "OWN_LIMITS_", "PASSWORD_", "PHONE_CHANGE_", "PORT", "PROMPT_",
    "RATELIMIT_", "RECONCILE_", "RISK_",
    "SECURE_", "SENTRY_", "SESSION_", "SIGNUP_", "SIM_SWAP_", "STK_", "CALLBACK_", "TRUSTED_",
    "WEB_", "WORKER_",
)  # fmt: skip


def _ignore_dotenv() -> None:
    """Stand in for the reader of `.env`."""


for _name in [name for name in os.environ if name.startswith(_OURS)]:
    del os.environ[_name]
os.environ.update(_TEST_ENVIRONMENT)
env.load_dotenv = _ignore_dotenv

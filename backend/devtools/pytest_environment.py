"""The environment of the tests, set before the settings are read: production-like, with the mock.

A pytest plugin, switched on in pyproject.toml (`python -m pytest` finds it). Neither the
developer's `.env` nor variables of the shell change what is tested; only DATABASE_URL is kept.
"""

import os
import re
from pathlib import Path

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
_ENV_EXAMPLE = Path(__file__).parents[2] / ".env.example"
_OURS = set(re.findall(r"(?m)^#?([A-Z][A-Z0-9_]+)=", _ENV_EXAMPLE.read_text())) - {"DATABASE_URL"}


def _ignore_dotenv() -> None:
    """Stand in for the reader of `.env`."""


for _name in _OURS:
    os.environ.pop(_name, None)
os.environ.update(_TEST_ENVIRONMENT)
env.load_dotenv = _ignore_dotenv

"""Pytest plugin: sets the tests' environment before Django's settings are read.

The environment is that of production, except for the mock gateway and plain HTTP. Neither the
developer's `.env` nor our variables in the shell change what is tested; only DATABASE_URL is kept.
pyproject.toml switches the plugin on.
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
    """Replaces `env.load_dotenv` in tests, so that `.env` is not read."""


for _name in _OURS:
    os.environ.pop(_name, None)
os.environ.update(_TEST_ENVIRONMENT)
env.load_dotenv = _ignore_dotenv

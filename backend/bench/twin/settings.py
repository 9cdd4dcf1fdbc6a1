"""Settings of the yardsticks `first` and `textbook`, chosen by TWIN_VARIANT.

`first` fetches a new access token for each push and sums the wallet's history at each credit;
`textbook` keeps the token and does not sum. bench/system.py gives them different gunicorn workers.
"""

import os
from urllib.parse import parse_qs, urlsplit

IS_FIRST = os.environ.get("TWIN_VARIANT", "first") == "first"
SECRET_KEY = os.environ.get("SECRET_KEY", "only-for-measuring")  # pragma: allowlist secret
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "rest_framework.authtoken",
    "bench.twin",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "bench.twin.urls"
_url = urlsplit(os.environ.get("DATABASE_URL", ""))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.removeprefix("/"),
        "USER": _url.username or "",
        "HOST": parse_qs(_url.query).get("host", [_url.hostname or ""])[0],
        "CONN_MAX_AGE": 600,
    }
}
# Without migrations `migrate` creates the tables directly from the models, which is quicker; the
# database exists for one run only.
MIGRATION_MODULES = dict.fromkeys(("auth", "contenttypes", "sessions", "authtoken"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Africa/Nairobi"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 20,
}
MPESA_BASE_URL = os.environ.get("MPESA_BASE_URL", "")
MPESA_CALLBACK_URL = os.environ.get("MPESA_CALLBACK_URL", "")

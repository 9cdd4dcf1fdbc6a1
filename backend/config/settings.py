"""The Django settings of every environment, read by config.env and config.sections.

docs/api.md §2 lists the variables; `.env.example` explains each.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from common import logs
from common.release import RELEASE
from config import env, sections

BACKEND_DIR = Path(__file__).resolve().parent.parent
#: The path of the `.env` file, if there is one; `manage.py doctor` shows it.
DOTENV = env.load_dotenv()
env.unset_if_empty("PROMETHEUS_MULTIPROC_DIR")

# --- Environment ----------------------------------------------------------------------------

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = sections.secret_key(debug=DEBUG)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
# A container sets 0.0.0.0; on a laptop other machines cannot reach the server.
BIND_HOST = env.text("BIND_HOST", "127.0.0.1")
PORT = env.whole_number("PORT", 8000, lowest=1, highest=65535)
WEB_PORT = env.whole_number("WEB_PORT", 3000, lowest=1, highest=65535)

MPESA_DEBUG = env.boolean("MPESA_DEBUG", default=False)
MPESA_ALLOW_MOCK = env.boolean("MPESA_ALLOW_MOCK", default=False)
MPESA_ENVIRONMENT = env.choice("MPESA_ENVIRONMENT", "sandbox", ("sandbox", "production"))
sections.refuse_mock_gateway(mock=MPESA_DEBUG, allowed=DEBUG or MPESA_ALLOW_MOCK)

PRODUCTION_EXCEPTIONS = sections.production_exceptions()

# The development header signs anybody in by a phone number alone, so it needs both switches.
DEV_HEADER_ENABLED = DEBUG and MPESA_DEBUG

# --- Apps -----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "common",
    "users",
    "wallet",
    "risk",
    "kyc",
    "payments",
    "operations",
    "config.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "knox",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "procrastinate.contrib.django",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "config.edge.EdgeMiddleware",
    "common.logs.RequestLogMiddleware",
    "common.api.EnvironmentStampMiddleware",
    "common.compression.CompressionMiddleware",
    "users.session_account.SessionAccountMiddleware",
    "common.caching.NoStoreMiddleware",
    "common.health.ProbeMiddleware",
    "common.metrics.MetricsMiddleware",
    "common.proxies.TrustedProxyMiddleware",
    "common.content_policy.ContentPolicyMiddleware",
    "common.api.ApiErrorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "common.size_limits.SizeLimitMiddleware",
    "users.open_sessions.OpenSessionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "users.known_browser.KnownBrowserMiddleware",
    "risk.middleware.SightingMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# --- Database and cache ---------------------------------------------------------------------

DB_POOL_SIZE = env.whole_number("DB_POOL_SIZE", 8, lowest=1, highest=100)
# config.server sets True: while a pool grows, the first burst of requests waits for seconds.
DB_POOL_FILLED = env.boolean("DB_POOL_FILLED", default=False)
DATABASE_URL = sections.database_url()
DATABASES = {"default": env.database("DATABASE_URL", DATABASE_URL)}
DATABASES["default"]["CONN_MAX_AGE"] = 0
# Behind a pooler in transaction mode each transaction may get another connection, so no server-side
# cursor can outlive its transaction.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
# Our backend checks a connection's socket instead of Django's ping before each use.
DATABASES["default"]["ENGINE"] = "common.postgresql"
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
# No statement waits for a lock, or runs, without an end; 0: without a limit. `manage.py` has no
# limit for statements: a check of a large ledger may take its time.
DB_LOCK_TIMEOUT_MS = env.whole_number("DB_LOCK_TIMEOUT_MS", 5_000, lowest=0, highest=3_600_000)
DB_STATEMENT_TIMEOUT_MS = env.whole_number(
    "DB_STATEMENT_TIMEOUT_MS", 30_000, lowest=0, highest=3_600_000
)
DATABASES["default"]["OPTIONS"]["lock_timeout_ms"] = DB_LOCK_TIMEOUT_MS
DATABASES["default"]["OPTIONS"]["statement_timeout_ms"] = DB_STATEMENT_TIMEOUT_MS
DATABASES["default"]["OPTIONS"]["pool"] = {
    "min_size": DB_POOL_SIZE if DB_POOL_FILLED else 1,
    "max_size": DB_POOL_SIZE,
    # Seconds that a request waits for a connection, as after a restart of PostgreSQL.
    "timeout": 10,
    # After 4 s of failed attempts the pool starts over; by default it waits for minutes.
    "reconnect_timeout": 4,
}
WORKER_DATABASE_URL = env.text("WORKER_DATABASE_URL", DATABASE_URL)
# For `manage.py doctor`, which checks the worker's connection too.
WORKER_DATABASE = env.database("WORKER_DATABASE_URL", WORKER_DATABASE_URL)
# For `manage.py database_roles`, which the tables' owner runs after `migrate`.
DATABASE_APPLICATION_PASSWORD = env.find_text("DATABASE_APPLICATION_PASSWORD")
DATABASE_READER_PASSWORD = env.find_text("DATABASE_READER_PASSWORD")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env.find_text("CACHE_URL")
CACHES = {"default": sections.cache(CACHE_URL)}

WEB_CONCURRENCY = env.whole_number("WEB_CONCURRENCY", 2 if CACHE_URL else 1, lowest=1, highest=64)
# Each push waits for M-Pesa in its own thread, so there are many; threads start on demand.
WEB_THREADS = env.whole_number("WEB_THREADS", 768, lowest=1, highest=4096)

# --- Users ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["users.backends.PhoneBackend"]
PASSWORD_HASHERS = [
    "users.hashers.LeanArgon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("phone_number", "full_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "users.password_words.ContextWordValidator"},
]
OTP_TOTP_ISSUER = "Kibeezy Poly"
SMS_SENDER = sections.sms_sender()
SMS_MAX_PER_HOUR = env.whole_number("SMS_MAX_PER_HOUR", 500, lowest=1, highest=100_000)
CODES_PER_NUMBER_HOURLY = env.whole_number("CODES_PER_NUMBER_HOURLY", 3, lowest=1, highest=20)
RECOVERY_WAIT_HOURS = env.whole_number("RECOVERY_WAIT_HOURS", 24, lowest=1, highest=720)
RECOVERY_QUIET_DAYS = env.whole_number("RECOVERY_QUIET_DAYS", 90, lowest=1, highest=3_650)
KYC_REQUIRED = env.boolean("KYC_REQUIRED", default=True)
KYC_PROVIDER = env.choice("KYC_PROVIDER", "manual", tuple(sections.KYC_PROVIDERS))
sections.refuse_mock_kyc(mock=KYC_PROVIDER == "mock", allowed=DEBUG or MPESA_ALLOW_MOCK)
KYC_VERIFICATION: dict[str, Any] = {"CLASS": sections.KYC_PROVIDERS[KYC_PROVIDER], "OPTIONS": {}}
FIELD_ENCRYPTION_KEYS = sections.field_encryption_keys(SECRET_KEY)
# Log-in locks are stored in the database, which all processes share even without CACHE_URL.
AXES_HANDLER = "users.lockout.LockoutHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = "users.lockout.failure_limit"
AXES_COOLOFF_TIME = "users.lockout.lock_time"
AXES_WHITELIST_CALLABLE = "users.lockout.is_switched_off"
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "users.lockout.name_of"
AXES_CLIENT_IP_CALLABLE = "users.lockout.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
LOGIN_REDIRECT_URL = "/api/"
LOGIN_URL = "/api/auth/browser/login/"

# --- Deposits -------------------------------------------------------------------------------

DEPOSIT_MIN_AMOUNT = env.whole_number("DEPOSIT_MIN_AMOUNT", 1, lowest=1, highest=250_000)
# 250,000 is M-Pesa's maximum for one payment (docs/daraja.md §2).
DEPOSIT_MAX_AMOUNT = env.whole_number(
    "DEPOSIT_MAX_AMOUNT", 150_000, lowest=DEPOSIT_MIN_AMOUNT, highest=250_000
)
DEPOSIT_DAILY_LIMIT = env.whole_number(
    "DEPOSIT_DAILY_LIMIT", 500_000, lowest=1, highest=1_000_000_000
)
# The basic tier's limits; those above are the full tier's. users.tiers takes the smaller one.
DEPOSIT_TIER_BASIC_MAX = env.whole_number(
    "DEPOSIT_TIER_BASIC_MAX",
    max(20_000, DEPOSIT_MIN_AMOUNT),
    lowest=DEPOSIT_MIN_AMOUNT,
    highest=250_000,
)
DEPOSIT_TIER_BASIC_DAILY = env.whole_number(
    "DEPOSIT_TIER_BASIC_DAILY", 50_000, lowest=1, highest=1_000_000_000
)
# Up to this many KES one operator decides alone (payments/sql/functions/suspense.sql).
OPERATOR_APPROVAL_ABOVE = env.whole_number(
    "OPERATOR_APPROVAL_ABOVE", 10_000, lowest=0, highest=250_000
)
PROMPT_OPEN_SECONDS = env.whole_number("PROMPT_OPEN_SECONDS", 180, lowest=1, highest=3600)
RECONCILE_FIRST_SECONDS = env.whole_number("RECONCILE_FIRST_SECONDS", 30, lowest=1, highest=86_400)
DARAJA_QUERY_RATE = env.rate("DARAJA_QUERY_RATE", "30/m")
MPESA_TIMEOUT_SECONDS = env.seconds("MPESA_TIMEOUT_SECONDS", "20", lowest="0.1", highest="120")
MPESA_CALLBACK_ALLOWED_IPS = env.networks("MPESA_CALLBACK_ALLOWED_IPS")
CALLBACK_BATCHES = env.boolean("CALLBACK_BATCHES", default=True)
# At least 64 threads (half of them, if there are few) stay free for callbacks and reads.
MPESA_MAX_CALLS_IN_FLIGHT = max(WEB_THREADS - 64, WEB_THREADS // 2, 1)
PAYBILL_ENABLED = env.boolean("PAYBILL_ENABLED", default=False)
PAYBILL_URL_SECRET = sections.paybill_secret(is_enabled=PAYBILL_ENABLED)
PAYBILL_REGISTER_VERSION = env.choice("PAYBILL_REGISTER_VERSION", "v2", ("v2", "v1"))
PAYBILL_RESPONSE_TYPE = env.choice("PAYBILL_RESPONSE_TYPE", "Completed", ("Completed", "Cancelled"))
PAYBILL_PAYEE_NAME = env.text("PAYBILL_PAYEE_NAME", "Kibeezy")
PULL_ENABLED = sections.pull_enabled(takes_payments_by_hand=PAYBILL_ENABLED)
PULL_NOMINATED_NUMBER = sections.pull_nominated_number()
ALERT_URLS = sections.alert_urls()
ALERT_REPEAT_MINUTES = env.whole_number("ALERT_REPEAT_MINUTES", 30, lowest=5, highest=1_440)
ALERT_QUIET_HOURS = sections.quiet_hours()
ALERT_HEARTBEAT_URL = sections.heartbeat_url()
WORKER_METRICS_PORT = env.whole_number("WORKER_METRICS_PORT", 0, lowest=0, highest=65_535)
# How old the newest backup may be before operators are told; 0: nobody is.
BACKUP_WITHIN_HOURS = env.whole_number("BACKUP_WITHIN_HOURS", 26, lowest=0, highest=8_760)
STATEMENT_KEEP_DAYS = env.whole_number("STATEMENT_KEEP_DAYS", 90, lowest=1, highest=3_650)
# Whom the privacy notice names for questions.
PRIVACY_CONTACT = env.text("PRIVACY_CONTACT", "")
# The law's seven years are the least (docs/retention.md); guards of the database hold them too.
RETENTION_YEARS = env.whole_number("RETENTION_YEARS", 7, lowest=7, highest=50)
MPESA_CALLBACK_URL = sections.callback_url(mock=MPESA_DEBUG, port=PORT)
# The callback URL's host must be allowed: a 400 for the Host header would lose callbacks.
ALLOWED_HOSTS = sections.with_host_of(MPESA_CALLBACK_URL, ALLOWED_HOSTS)
# In small letters: settings in capitals are read by many, and the gateway alone needs this one.
MPESA_INITIATOR_NAME, _security_credential = sections.initiator()
PAYMENTS_GATEWAY = sections.gateway(
    mock=MPESA_DEBUG,
    environment=MPESA_ENVIRONMENT,
    timeout_s=MPESA_TIMEOUT_SECONDS,
    max_calls_in_flight=MPESA_MAX_CALLS_IN_FLIGHT,
    initiator=(MPESA_INITIATOR_NAME, _security_credential),
)

RATELIMIT_ENABLE = env.boolean("RATELIMIT_ENABLE", default=True)
STK_PUSH_RATE_USER = env.rate("STK_PUSH_RATE_USER", "5/m")
STK_PUSH_RATE_PHONE = env.rate("STK_PUSH_RATE_PHONE", STK_PUSH_RATE_USER)
STK_PUSH_RATE_IP = env.rate("STK_PUSH_RATE_IP", "30/m")
PIN_ENTERED_RATE_USER = env.rate("PIN_ENTERED_RATE_USER", "20/m")
CLAIM_RATE_USER = env.rate("CLAIM_RATE_USER", "20/h")
LOGIN_RATE_IP = env.rate("LOGIN_RATE_IP", "10/m")
LOGIN_RATE_NUMBER = env.rate("LOGIN_RATE_NUMBER", "30/h")
LOGIN_LOCK_AFTER = env.whole_number("LOGIN_LOCK_AFTER", 10, lowest=1, highest=100)
LOGIN_LOCK_SECONDS = env.whole_number("LOGIN_LOCK_SECONDS", 900, lowest=1, highest=86_400)
PASSWORD_RATE_USER = env.rate("PASSWORD_RATE_USER", "10/h")
EXPORT_RATE_USER = env.rate("EXPORT_RATE_USER", "5/d")
PHONE_CHANGE_RATE_USER = env.rate("PHONE_CHANGE_RATE_USER", "10/h")
SIGNUP_RATE_IP = env.rate("SIGNUP_RATE_IP", "10/h")
CODE_RATE_IP = env.rate("CODE_RATE_IP", "30/h")
OWN_LIMITS_RATE_USER = env.rate("OWN_LIMITS_RATE_USER", "30/h")
KYC_RATE_USER = env.rate("KYC_RATE_USER", "10/d")
CALLBACK_RATE_IP = env.rate("CALLBACK_RATE_IP", "120/m")
CALLBACK_RATE_NETWORK = env.rate("CALLBACK_RATE_NETWORK", "2000/d")
STATEMENT_RATE_USER = env.rate("STATEMENT_RATE_USER", "30/h")
PAGE_ERROR_RATE_IP = env.rate("PAGE_ERROR_RATE_IP", "20/m")
RISK_MODE = env.choice("RISK_MODE", "shadow", ("shadow", "enforce"))
RISK_SHADOW_RULES = sections.risk_shadow_rules()
RISK_THRESHOLDS = sections.risk_thresholds()
SIM_SWAP_PROVIDER = sections.sim_swap_provider(fake_allowed=DEBUG or MPESA_ALLOW_MOCK)

# --- The browser's side ---------------------------------------------------------------------

TRUSTED_PROXY_COUNT = env.whole_number("TRUSTED_PROXY_COUNT", 0, lowest=0, highest=10)
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CORS_ALLOWED_ORIGINS = env.origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = [
    "accept", "accept-language", "authorization", "content-type", "idempotency-key",
    "x-account", "x-csrftoken", "x-request-id",
]  # fmt: skip
# What a page of another origin may read; without `Date` it counts by the phone's own clock.
CORS_EXPOSE_HEADERS = [
    "content-disposition", "date", "idempotent-replayed", "retry-after", "x-account",
    "x-environment", "x-request-id",
]  # fmt: skip
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
CSRF_FAILURE_VIEW = "common.api.csrf_failure"

SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", default=not DEBUG)
# Safaricom follows no redirects, and probes inside the network use plain HTTP.
SECURE_REDIRECT_EXEMPT = [
    r"^healthz$",
    r"^readyz$",
    r"^metrics$",
    r"^api/payments/callback(/|$)",
    r"^api/payments/paybill/[^/]+/(validation|confirmation)",
    r"^api/payments/transaction-status/",
]
# INCLUDE_SUBDOMAINS and PRELOAD are off by default: the first affects every name under the domain,
# the second enters it in browsers' lists, which it can leave only after months.
SECURE_HSTS_SECONDS = env.whole_number(
    "SECURE_HSTS_SECONDS", 0 if DEBUG else 31_536_000, lowest=0, highest=63_072_000
)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.boolean("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.boolean("SECURE_HSTS_PRELOAD", default=False)
SESSION_ENGINE = "users.sessions"
SESSION_COOKIE_SECURE = env.boolean("SESSION_COOKIE_SECURE", default=not DEBUG)
CSRF_COOKIE_SECURE = env.boolean("CSRF_COOKIE_SECURE", default=not DEBUG)
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# All request bodies are small: callbacks have at most 64 KiB, others far less.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
# But for this address, where operators upload M-Pesa's statements; the file goes to disk.
LARGE_BODIES = {"/admin/payments/statementimport/add/": 64 * 1024 * 1024}
# The form of a group may name every right (users/tests/test_rights_admin.py posts them all).
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- Language, time, files ------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("sw", "Kiswahili")]
TIME_ZONE = "Africa/Nairobi"
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"
STATIC_URL = "/static/"
# The few static files are served from their packages, so no STATIC_ROOT and no collectstatic.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- The API --------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "users.authentication.TokenAuthentication",
        "users.authentication.SessionAuthentication",
        "users.authentication.DevelopmentHeaderAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["users.permissions.HasOpenAccount"],
    "DEFAULT_PARSER_CLASSES": ["common.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "common.negotiation.JSONFirst",
    "EXCEPTION_HANDLER": "common.api.exception_handler",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=30),
    "AUTH_HEADER_PREFIX": "Token",
    "AUTO_REFRESH": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kibeezy Poly deposits",
    "DESCRIPTION": "M-Pesa deposits into a double-entry wallet.",
    "VERSION": RELEASE,
    # Relative to the document's own address, so that it is true wherever the API runs.
    "SERVERS": [{"url": "/", "description": "The server that this document comes from."}],
    "TAGS": [
        {"name": "auth", "description": "Signing up, in and out; password and phone number."},
        {"name": "kyc", "description": "Who the customer is: submissions and their decisions."},
        {"name": "limits", "description": "The customer's own limits, pauses and exclusions."},
        {"name": "page-errors", "description": "Errors that the page reports of itself."},
        {"name": "payments", "description": "Deposits by M-Pesa, and M-Pesa's callbacks."},
        {"name": "wallet", "description": "The balance, its entries and statements."},
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "users.schema.document_session_changed",
        "common.schema.mark_operations_without_sign_in",
        "common.schema.document_unavailable",
        "common.schema.summarise",
        "common.schema.type_what_may_be_null",
    ],
    "ENUM_NAME_OVERRIDES": {
        "TransactionStatusEnum": "payments.models.Transaction.Status",
        "KycStatusEnum": "users.models.User.KycStatus",
        "KindEnum": "payments.serializers.TIMELINE_KINDS",
        "MoneyEnum": "common.schema.MONEY",
    },
}

# --- Logs, errors, checks -------------------------------------------------------------------

LOGGING = logs.logging_settings(readable=DEBUG)
SENTRY_DSN = sections.sentry_dsn()
OTEL_EXPORTER_OTLP_ENDPOINT = sections.trace_endpoint()
# axes.W002 asks for axes' middleware, which would replace our error answers.
SILENCED_SYSTEM_CHECKS = ["axes.W002"]
# These two ask for HSTS of every name under the domain, which docs/production.md asks instead.
SILENCED_SYSTEM_CHECKS += ["security.W005", "security.W021"]
SILENCED_SYSTEM_CHECKS += [] if CACHE_URL else ["django_ratelimit.E003", "django_ratelimit.W001"]

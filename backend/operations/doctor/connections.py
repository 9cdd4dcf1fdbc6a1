"""Checks that contact M-Pesa, the database or the cache. They change no data but a test cache
key."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from django.core.cache import DEFAULT_CACHE_ALIAS, cache, caches
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from common import clock
from common.db import call_function
from operations.doctor.functions import check_functions
from operations.doctor.initiator import check_initiator, check_untold_reversals
from operations.doctor.paybill import check_paybill_registration, check_pull
from operations.doctor.results import Check, DoctorResult, ok, problem, warning
from operations.doctor.rights import check_rights
from operations.doctor.roles import check_role
from operations.doctor.statements import check_indexes, check_time_limits
from payments import conf as payments_conf
from payments.gateway import GatewayError, GatewayRejected
from payments.mpesa_integration import MpesaGateway

_OLDEST_POSTGRES = 15
#: Seconds of clock difference. Times in passwords are whole seconds, so a small difference does no
#: harm; from about a minute on, M-Pesa may reject requests (docs/daraja.md §2).
_SKEW_WARNING_S, _SKEW_PROBLEM_S = 3.0, 60.0
#: Procrastinate stores a worker's heartbeat every 10 s, and takes the worker for dead after 30 s.
_HEARTBEAT_LATE_S = 30
_QUEUE_LONG, _JOB_LATE_S = 100, 60
#: How often check_pooler compares two connections: a pooler under load may by chance give each its
#: own server process, but not this many times in a row.
_ROUNDS = 5
_FIX_REACH = "can this machine reach MPESA_BASE_URL? does the firewall there block its address?"
_PROXY_WAIT_S = 10
_FIX_CLOCK = "let NTP set this machine's clock"


def check_credentials(gateway: Any) -> DoctorResult:
    """Report a wrong consumer key or secret, by the access token that all processes share."""
    if not isinstance(gateway, MpesaGateway):
        return ok("credentials", "the mock needs none")
    try:
        gateway.check_credentials()
    except GatewayRejected:
        says = "M-Pesa refuses MPESA_CONSUMER_KEY or MPESA_CONSUMER_SECRET"
        fix = "copy both from 'My Apps' of this environment: sandbox keys fail in production"
        return problem("credentials", says, fix)
    except GatewayError as error:
        return problem("credentials", f"M-Pesa was not reached: {error.detail}", _FIX_REACH)
    return ok("credentials", "M-Pesa took them within the hour")


def check_clock(gateway: Any) -> DoctorResult:
    """Compare this machine's clock with M-Pesa's."""
    if not isinstance(gateway, MpesaGateway):
        return ok("clock.mpesa", "the mock has ours")
    asked_at = clock.now()
    try:
        theirs = gateway.read_clock()
    except GatewayError as error:
        return problem("clock.mpesa", f"M-Pesa was not reached: {error.detail}", _FIX_REACH)
    if theirs is None:
        return ok("clock.mpesa", "M-Pesa does not tell its time")
    ours = asked_at + (clock.now() - asked_at) / 2
    # M-Pesa's time is cut to whole seconds, so on average it is half a second behind.
    return judge_clock("clock.mpesa", ours - theirs - timedelta(seconds=0.5))


def check_database_clock() -> DoctorResult:
    """Compare this machine's clock with PostgreSQL's, which dates history and leases."""
    asked_at = clock.now()
    theirs = call_function("SELECT clock_timestamp() AS at", {})["at"].astimezone(UTC)
    ours = asked_at + (clock.now() - asked_at) / 2
    return judge_clock("clock.database", ours - theirs)


def judge_clock(check: str, ahead: timedelta) -> DoctorResult:
    """Return the result for a clock difference; positive: this machine's clock is ahead."""
    skew_s = abs(ahead.total_seconds())
    says = f"{skew_s:.1f} s {'ahead' if ahead > timedelta(0) else 'behind'}"
    if skew_s >= _SKEW_PROBLEM_S:
        return problem(check, says, _FIX_CLOCK)
    if skew_s >= _SKEW_WARNING_S:
        return warning(check, says, _FIX_CLOCK)
    return ok(check, says)


def check_version() -> DoctorResult:
    """Report a PostgreSQL that is too old."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        version = int(cursor.fetchone()[0]) // 10_000
    says = f"PostgreSQL {version}"
    if version < _OLDEST_POSTGRES:
        return problem("database", says, f"upgrade to {_OLDEST_POSTGRES} or newer")
    return ok("database", says)


def check_proxy_headers(conf: Any) -> DoctorResult:
    """Report a proxy that passes on header names with underscores.

    A WSGI server cannot tell `X_Forwarded_For` from `X-Forwarded-For`, so a client could write its
    own address. The API sends X-Request-ID back: if it sends back one that came as `X_Request_ID`,
    the proxy passes such names on.
    """
    check = "proxy_headers"
    if conf.MPESA_DEBUG or not conf.TRUSTED_PROXY_COUNT:
        return ok(check, "no proxy is believed, or none is known by an address of ours")
    probe = secrets.token_hex(8)
    try:
        answer = httpx.get(
            conf.MPESA_CALLBACK_URL, headers={"X_Request_ID": probe}, timeout=_PROXY_WAIT_S
        )
    except httpx.HTTPError as error:
        says = f"the callback URL was not reached from here: {type(error).__name__}"
        return warning(check, says, "run the doctor where the callback URL can be reached")
    if answer.headers.get("X-Request-ID") == probe:
        says = "the proxy passes on X_Forwarded_For: callers can write their own address"
        return problem(check, says, "let the proxy drop header names with underscores")
    return ok(check, "names with underscores do not arrive")


def check_migrations() -> DoctorResult:
    """Report migrations that are not applied."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not missing:
        return ok("migrations", "all applied")
    first = f"{missing[0][0].app_label}.{missing[0][0].name}"
    return problem("migrations", f"{len(missing)} missing, first {first}", "run make migrate")


def check_pool(conf: Any) -> DoctorResult:
    """Compare the connections that all processes may open with PostgreSQL's max_connections."""
    found = call_function(
        "SELECT current_setting('max_connections')::int"
        " - current_setting('superuser_reserved_connections')::int AS allowed",
        {},
    )
    return judge_pool(conf.DB_POOL_SIZE, conf.WEB_CONCURRENCY, found["allowed"])


def judge_pool(pool_size: int, processes: int, allowed: int) -> DoctorResult:
    """Return the result for the connections of one server and one worker (docs/pooling.md)."""
    needed = pool_size * processes + pool_size + 5 + 1
    says = f"up to {needed} connections of one server and one worker, {allowed} allowed"
    fix = "lower DB_POOL_SIZE or WEB_CONCURRENCY, raise max_connections, or use a pooler"
    if needed > allowed:
        return problem("pool", says, fix)
    return warning("pool", says, fix) if needed > 0.8 * allowed else ok("pool", says)


def check_pooler(conf: Any) -> DoctorResult:
    """Report a worker behind a pooler in transaction mode, where LISTEN does not work."""
    # Found by queries, not by comparing addresses: a pooler may have several names.
    if _is_lent_out(conf.WORKER_DATABASE):
        says = "transaction mode, and the worker goes through it: it cannot listen"
        fix = "set WORKER_DATABASE_URL past the pooler (docs/pooling.md)"
        return problem("pooler", says, fix)
    if _is_lent_out({}):
        return ok("pooler", "transaction mode for the API, the worker goes past it")
    return ok("pooler", "none in transaction mode seen")


def _is_lent_out(address: dict[str, Any]) -> bool:
    """Return whether a pooler lends out server processes by transaction.

    Two connections are queried in turn, several times: without such a pooler each keeps a server
    process of its own. `address` holds connection settings that replace the API's.
    """
    pair = [_open_alone(address), _open_alone(address)]
    try:
        answers = [[_server_process(opened) for opened in pair] for _ in range(_ROUNDS)]
    finally:
        for opened in pair:
            opened.close()
    return answers[0][0] == answers[0][1] or any(answer != answers[0] for answer in answers)


def _open_alone(address: dict[str, Any]) -> Any:
    """Return a new connection outside our pool, which may have only one connection."""
    opened = connection.copy()
    settings = {**opened.settings_dict, **address}
    options = {name: value for name, value in settings["OPTIONS"].items() if name != "pool"}
    opened.settings_dict = {**settings, "OPTIONS": options}
    return opened


def _server_process(opened: Any) -> int:
    with opened.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def check_cache(conf: Any) -> DoctorResult:
    """Report a cache that does not store, or that several processes do not share."""
    if isinstance(caches[DEFAULT_CACHE_ALIAS], LocMemCache):
        return judge_lonely_cache(conf.WEB_CONCURRENCY)
    key, value = f"doctor:{secrets.token_hex(4)}", secrets.token_hex(4)
    cache.set(key, value, 10)
    if cache.get(key) != value:
        return problem("cache", "forgets what it is told", "look at the Redis of CACHE_URL")
    return ok("cache", "shared, and it remembers")


def judge_lonely_cache(processes: int) -> DoctorResult:
    """Warn where several processes have no shared cache: each counts requests separately."""
    if processes == 1:
        return ok("cache", "in this process, which is alone")
    says = f"{processes} processes count requests each for itself: every rate is {processes} times"
    return warning("cache", says, "set CACHE_URL=redis://..., or WEB_CONCURRENCY=1")


def check_worker() -> DoctorResult:
    """Report that no worker runs: nothing would query deposits without a callback."""
    found = call_function(
        "SELECT count(*) AS workers, extract(epoch FROM now() - max(last_heartbeat)) AS age_s"
        "  FROM procrastinate_workers",
        {},
    )
    return judge_worker(found["workers"], found["age_s"])


def judge_worker(workers: int, age_s: float | None) -> DoctorResult:
    """Return the result for the age of the newest heartbeat; None: there is none."""
    if age_s is None or age_s > _HEARTBEAT_LATE_S:
        since = "" if age_s is None else f" for {age_s:.0f} s"
        says = f"no worker is alive{since}: silent deposits are not asked about"
        return problem("worker", says, "run make worker, and keep it running")
    return ok("worker", f"{workers} known, last heard of {age_s:.0f} s ago")


def check_operators() -> DoctorResult:
    """Report that no operator can sign in to decide suspense cases and KYC submissions."""
    found = call_function(
        "SELECT count(*) AS operators, count(*) FILTER (WHERE EXISTS ("
        "   SELECT 1 FROM otp_totp_totpdevice AS app WHERE app.user_id = operator.id"
        "      AND app.confirmed)) AS ready"
        "  FROM users_user AS operator WHERE operator.is_staff AND operator.is_active",
        {},
    )
    return judge_operators(found["operators"], found["ready"])


def judge_operators(operators: int, ready: int) -> DoctorResult:
    """Return the result for the operators; `ready` have a second factor, which the admin needs."""
    if operators == 0:
        says = "there is none: cases and identities wait for ever"
        return warning("operators", says, "manage.py createsuperuser, then second_factor")
    if ready < operators:
        says = f"{operators - ready} of {operators} cannot enter: no second factor"
        return warning("operators", says, "manage.py second_factor PHONE, for each")
    return ok("operators", f"{operators}, all with a second factor")


@dataclass(frozen=True)
class Backlog:
    """Numbers of waiting jobs and callbacks; `late_s`: how long the oldest status query is
    overdue."""

    jobs: int
    failed_jobs: int
    late_s: float | None
    callbacks: int
    confirmations: int
    paused_until: datetime | None
    unanswered: int


def check_backlog() -> Iterator[DoctorResult]:
    """Report work that has waited too long for the workers."""
    found = call_function(
        "SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"
        "          AND (scheduled_at IS NULL OR scheduled_at <= now())) AS jobs,"
        " (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS failed_jobs,"
        " (SELECT extract(epoch FROM now() - min(next_query_at)) FROM payments_transaction"
        "   WHERE next_query_at IS NOT NULL AND checkout_request_id IS NOT NULL) AS late_s,"
        " (SELECT count(*) FROM payments_callbackevent WHERE verdict = 'received') AS callbacks,"
        " (SELECT count(*) FROM payments_confirmation WHERE verdict = 'received')"
        "   AS confirmations,"
        " (SELECT count(*) FROM payments_transaction WHERE review_reason = 'no_answer')"
        "   AS unanswered,"
        " (SELECT paused_until FROM payments_querypace WHERE id = 1) AS paused_until",
        {},
    )
    return judge_backlog(Backlog(**found), clock.now())


def judge_backlog(backlog: Backlog, now: datetime) -> Iterator[DoctorResult]:
    """Yield a warning for each kind of work that waits too long; `ok` where none does."""
    faults = list(_faults_of(backlog, now))
    yield from faults
    if not faults:
        yield ok("backlog", f"{backlog.jobs} jobs wait")


def _faults_of(backlog: Backlog, now: datetime) -> Iterator[DoctorResult]:
    is_paused = backlog.paused_until is not None and backlog.paused_until > now
    if is_paused:
        says = f"queries rest until {backlog.paused_until:%H:%M:%S} UTC: M-Pesa did not answer"
        yield warning("backlog", says, "the runbook has a chapter: M-Pesa is down")
    elif backlog.late_s is not None and backlog.late_s > _JOB_LATE_S:
        says = f"a deposit has been due for a query for {backlog.late_s:.0f} s"
        yield warning("backlog", says, "is a worker alive? is DARAJA_QUERY_RATE too low?")
    if backlog.jobs > _QUEUE_LONG:
        yield warning("backlog", f"{backlog.jobs} jobs wait", "start another worker")
    if backlog.failed_jobs:
        says = f"{backlog.failed_jobs} jobs have failed"
        yield warning("backlog", says, "the worker's log says why")
    if backlog.unanswered:
        says = f"{backlog.unanswered} deposits have no clear answer"
        fix = "look for them in M-Pesa's statement: admin, Deposits to look for"
        yield warning("backlog", says, fix)
    for name, kept in (("callbacks", backlog.callbacks), ("confirmations", backlog.confirmations)):
        if kept:
            says = f"{kept} {name} are kept and not acted on"
            fix = "manage.py replay_callbacks, once their note is dealt with"
            yield warning("backlog", says, fix)


def database_checks(conf: Any) -> list[Check]:
    """Return the checks that need the database; the first reports whether it can be reached."""
    return [
        ("database", check_version),
        ("migrations", check_migrations),
        ("functions", check_functions),
        ("role", lambda: check_role(conf)),
        ("rights", lambda: check_rights(conf)),
        ("pool", lambda: check_pool(conf)),
        ("pooler", lambda: check_pooler(conf)),
        ("time_limits", lambda: check_time_limits(conf, is_lent_out=_is_lent_out({}))),
        ("indexes", check_indexes),
        ("clock.database", check_database_clock),
        ("worker", check_worker),
        ("backlog", check_backlog),
        ("operators", check_operators),
        ("paybill.registered", lambda: check_paybill_registration(conf)),
        ("paybill.pull", lambda: check_pull(conf)),
        ("mpesa.initiator", lambda: check_initiator(conf)),
        ("reversals.untold", check_untold_reversals),
        # Needs the database, because the access token may be stored there.
        ("credentials", lambda: check_credentials(payments_conf.get_gateway())),
    ]


def other_checks(conf: Any) -> list[Check]:
    """Return the checks that need no database."""
    return [
        ("cache", lambda: check_cache(conf)),
        ("proxy_headers", lambda: check_proxy_headers(conf)),
        ("clock.mpesa", lambda: check_clock(payments_conf.get_gateway())),
    ]

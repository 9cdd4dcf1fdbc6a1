"""Error tracking with Sentry, on when SENTRY_DSN is set. Events are masked like log lines."""

from typing import Any

import sentry_sdk
from django.conf import settings

from common import logs
from common.api import environment_name
from common.masking import mask_value


def start() -> None:
    """Start error tracking, once per process; without SENTRY_DSN do nothing."""
    if settings.SENTRY_DSN:
        sentry_sdk.init(**options(settings.SENTRY_DSN))


def options(dsn: str) -> dict[str, Any]:
    """Build the SDK's options: no personal data, no variables, no bodies, no queries."""
    return {
        "dsn": dsn,
        "environment": environment_name(),
        # This option replaces `send_default_pii`; kinds of data not listed would be collected.
        "data_collection": {
            "user_info": False,
            "cookies": {"mode": "off"},
            "http_headers": {"request": {"mode": "off"}},
            "http_bodies": [],
            "url_query_params": {"mode": "off"},
            "database_query_data": False,
            "queues": False,
            # Local variables may hold keys and phone numbers under any name.
            "stack_frame_variables": False,
        },
        "traces_sample_rate": 0,
        "before_send": mask_event,
        "before_breadcrumb": mask_breadcrumb,
    }


def report(message: str, details: dict[str, str]) -> None:
    """Send a warning to Sentry that no exception or log line sends; without `start` do nothing."""
    sentry_sdk.capture_message(message, level="warning", extras=details)


def mask_event(event: Any, hint: dict[str, Any]) -> Any:
    """Mask every text of an event; drop the request's headers, cookies, body and query."""
    request = event.get("request", {})
    for name in ("cookies", "headers", "env", "data", "query_string"):
        request.pop(name, None)
    masked = mask_value(event)
    # Part of the hexadecimal id may look like a phone number; Sentry refuses a masked id.
    if "event_id" in event:
        masked["event_id"] = event["event_id"]
    # Ids of rows and of requests, as on the log lines; not masked, for the same reason.
    about = {name: str(value) for name, value in logs.current_subject().items()}
    if about:
        masked["tags"] = {**(masked.get("tags") or {}), **about}
    return masked


def mask_breadcrumb(crumb: Any, hint: dict[str, Any]) -> Any:
    """Mask one breadcrumb."""
    return mask_value(crumb)

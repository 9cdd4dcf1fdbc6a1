"""Error tracking, on when SENTRY_DSN is set. What leaves for it is masked like a log line."""

from typing import Any

import sentry_sdk
from django.conf import settings

from common.api import environment_name
from common.masking import mask_value


def start() -> None:
    """Start reporting, once per process; without SENTRY_DSN nothing happens."""
    if settings.SENTRY_DSN:
        sentry_sdk.init(**options(settings.SENTRY_DSN))


def options(dsn: str) -> dict[str, Any]:
    """Build the SDK's options: no personal data, no variables, no bodies, no queries."""
    return {
        "dsn": dsn,
        "environment": environment_name(),
        # The successor of send_default_pii; what is left out of it would be collected.
        "data_collection": {
            "user_info": False,
            "cookies": {"mode": "off"},
            "http_headers": {"request": {"mode": "off"}},
            "http_bodies": [],
            "url_query_params": {"mode": "off"},
            "database_query_data": False,
            "queues": False,
            # A frame's variables hold keys and numbers under any name.
            "stack_frame_variables": False,
        },
        "traces_sample_rate": 0,
        "before_send": mask_event,
        "before_breadcrumb": mask_breadcrumb,
    }


def report(message: str, details: dict[str, str]) -> None:
    """Tell of something that no exception and no error line tells of; without a start, nothing."""
    sentry_sdk.capture_message(message, level="warning", extras=details)


def mask_event(event: Any, hint: dict[str, Any]) -> Any:
    """Mask every text of an event; drop what the client sent beside its address."""
    request = event.get("request", {})
    for name in ("cookies", "headers", "env", "data", "query_string"):
        request.pop(name, None)
    masked = mask_value(event)
    # 32 hexadecimal digits may look like a phone number, and Sentry refuses an id with stars.
    if "event_id" in event:
        masked["event_id"] = event["event_id"]
    return masked


def mask_breadcrumb(crumb: Any, hint: dict[str, Any]) -> Any:
    """Mask one breadcrumb."""
    return mask_value(crumb)

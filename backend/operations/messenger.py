"""Sends a message to the operators by apprise: e-mail, Slack, Telegram, SMS gateways and more.

Each of ALERT_URLS is an address of apprise with its credentials, so it never reaches a log.
"""

import logging

import apprise
from django.conf import settings

# What apprise logs of a failure may hold the address; what we need of it we say ourselves.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
# Its HTTP client logs each path at DEBUG, and a path may be the whole secret.
logging.getLogger("urllib3").setLevel(logging.WARNING)


def send(title: str, body: str) -> str:
    """Send to every address; return "", or in words which did not take it.

    An address that fails keeps the others from nothing. Each waits at most a few seconds.
    """
    refused = []
    for number, url in enumerate(settings.ALERT_URLS, 1):
        if not _send_to(url, title, body):
            refused.append(f"{number} ({scheme(url)})")
    if not refused:
        return ""
    return f"not taken by number {', '.join(refused)} of ALERT_URLS"


def is_readable(url: str) -> bool:
    """Return whether apprise can make something of an address; nothing is sent."""
    return apprise.Apprise().add(url)


def scheme(url: str) -> str:
    """Return the part of an address that is no secret, such as `slack`."""
    return url.partition("://")[0][:16]


def _send_to(url: str, title: str, body: str) -> bool:
    messenger = apprise.Apprise()
    if not messenger.add(url):
        return False
    try:
        return bool(messenger.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT))
    except Exception:  # noqa: BLE001  # a plugin's fault must not keep the others from being told
        return False

"""Which addresses Daraja takes for its callbacks (docs/daraja.md §4). Pure."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

#: Texts that Daraja rejects in a callback URL: anywhere in it, and as whole words.
_REFUSED_ANYWHERE = ("m-pesa", "mpesa", "safaricom")
_REFUSED_WORDS = ("exe", "exec", "cmd", "sql", "query")
_TUNNELS = ("ngrok", "requestbin", "webhook.site", "localtunnel", "loca.lt", "trycloudflare")
_LOCAL_ENDINGS = (".local", ".internal", ".localhost", ".test", ".lan")
#: The ports that Safaricom is known to call; None: the scheme's own.
CALLED_PORTS = (None, 80, 443)


def find_refused_words(url: str) -> list[str]:
    """Return the words in a URL that Daraja may refuse it for."""
    text = url.lower()
    words = set(re.split(r"[^a-z]+", text))
    return [
        *(word for word in _REFUSED_ANYWHERE if word in text),
        *sorted(word for word in _REFUSED_WORDS if word in words),
    ]


def find_refused_texts(path: str) -> list[str]:
    """Return the same words where they occur anywhere, also within other words.

    Safaricom names the words and their variants, and nobody has published its filter: a random
    secret must not hold one even by chance.
    """
    text = path.lower()
    return [word for word in (*_REFUSED_ANYWHERE, *sorted(_REFUSED_WORDS)) if word in text]


def is_tunnel(host: str) -> bool:
    """Return whether the host is a tunnel's, which Safaricom refuses in production."""
    return any(tunnel in host for tunnel in _TUNNELS)


def is_local_host(host: str) -> bool:
    """Return whether the host is local: a private address, or a name without public DNS."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_ENDINGS)


def host_of(url: str) -> str:
    """Return the host's name in lower case; empty where there is none."""
    return urlsplit(url).hostname or ""

"""Two coarse words for a browser, from what it says of itself."""

import re

# In this order: most browsers name others, too.
_BROWSERS = (
    ("Opera", r"\bOPR/|\bOpera"),
    ("Edge", r"\bEdgA?/|\bEdgiOS/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("UC Browser", r"\bUCBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"\bChrome/|\bCriOS/"),
    ("Safari", r"\bSafari/"),
)
_SYSTEMS = (
    ("Android", r"\bAndroid\b"),
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Windows", r"\bWindows\b"),
    ("Mac", r"\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
)
_LONGEST = 512


def name_browser(user_agent: str) -> tuple[str, str]:
    """Return browser and system, each of at most 16 characters; empty where it is not known."""
    text = user_agent[:_LONGEST]
    return _find(_BROWSERS, text), _find(_SYSTEMS, text)


def _find(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, text)), "")

"""The colours of a figure that is a file of its own: those of the console, written out.

A program that draws SVG outside of a browser knows neither custom properties nor `light-dark()`, so
each colour is its light one, and the dark ones follow in a media query.
"""

import re
from pathlib import Path

from django.contrib.staticfiles import finders

_COLOUR = re.compile(r"(--[\w-]+): light-dark\(([^,()]+), ([^,()]+)\)")
_USE = re.compile(r"var\((--[\w-]+)\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def file_style() -> str:
    """Return the stylesheet of the figures for light, and after it for dark."""
    colours = _COLOUR.findall(_read("console/tokens.css"))
    light = {name: light for name, light, _ in colours}
    dark = {name: dark for name, _, dark in colours}
    rules = _COMMENT.sub("", _read("console/chart.css")).strip()
    font = ".chart { font-family: system-ui, sans-serif; }"
    written = [_USE.sub(lambda used, by=by: by[used[1]], rules) for by in (light, dark)]  # type: ignore[misc]
    return f"{font}\n{written[0]}\n@media (prefers-color-scheme: dark) {{\n{written[1]}\n}}\n"


def _read(name: str) -> str:
    path = finders.find(name)
    if not isinstance(path, str):
        message = f"the static file {name} is missing"
        raise FileNotFoundError(message)
    return Path(path).read_text(encoding="utf-8")

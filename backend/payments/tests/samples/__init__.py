"""Recorded shapes of Daraja, one file each, with their source; `body` as text is sent verbatim."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """One reply or callback and what must come of it: fields, or `raises` and its attributes."""

    source: str
    status: int
    body: bytes
    expect: dict[str, Any]


def list_samples(kind: str) -> list[Any]:
    """Return the samples of `callbacks`, `oauth`, `pushes` or `queries` as pytest parameters."""
    paths = sorted((_ROOT / kind).glob("*.json"))
    return [pytest.param(_read(path), id=path.stem) for path in paths]


def _read(path: Path) -> Sample:
    content = json.loads(path.read_text(encoding="utf-8"))
    body = content["body"]
    text = body if isinstance(body, str) else json.dumps(body)
    return Sample(content["source"], content["status"], text.encode(), content["expect"])

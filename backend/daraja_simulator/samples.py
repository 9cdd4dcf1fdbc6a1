"""The sample library: real messages of Daraja, one in each file, to read or to send."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

FOLDER = Path(__file__).parent / "samples"
_TIMEOUT_S = 10


@dataclass(frozen=True)
class Sample:
    """One message: where it was found, its body, and what the product must make of it."""

    name: str
    source: str
    note: str
    status: int
    headers: dict[str, str]
    body: str
    expect: dict[str, Any]


def list_samples() -> Iterator[Sample]:
    """Return all samples, sorted by name."""
    for path in sorted(FOLDER.glob("*/*.json")):
        yield load_sample(f"{path.parent.name}/{path.stem}")


def load_sample(name: str) -> Sample:
    """Return the sample with this name, such as `callbacks/success_current`.

    Raises:
        ValueError: there is no sample with this name.
    """
    path = FOLDER / f"{name.removesuffix('.json')}.json"
    if not path.is_relative_to(FOLDER) or ".." in path.parts or not path.is_file():
        message = f"no sample is called {name!r}"
        raise ValueError(message)
    content = json.loads(path.read_text("utf-8"))
    body = content["body"]
    return Sample(
        name=name.removesuffix(".json"),
        source=content["source"],
        note=content["note"],
        status=content["status"],
        headers=content["headers"],
        # A body that the file gives as text is sent unchanged: unusual numbers and spaces stay.
        body=body if isinstance(body, str) else json.dumps(body),
        expect=content["expect"],
    )


def show_all() -> int:
    """Print the name and the note of every sample."""
    for sample in list_samples():
        print(f"{sample.name:40} {sample.note}")
    return 0


def send(name: str, url: str) -> int:
    """POST a sample to the URL and print the answer; return 0 if its status was 2xx."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("--to is an http address")
    sample = load_sample(name)
    headers = {"Content-Type": "application/json"}
    request = Request(url, sample.body.encode(), headers, method="POST")  # noqa: S310  checked above
    try:
        with urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310  checked above
            print(f"{response.status} {response.read().decode('utf-8', 'replace')}")
    except HTTPError as refused:
        print(f"{refused.code} {refused.read().decode('utf-8', 'replace')}")
        return 1
    except (URLError, HTTPException, TimeoutError) as failed:
        print(f"no answer: {failed}", file=sys.stderr)
        return 1
    return 0

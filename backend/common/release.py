"""Which release this code is. The packages' own files repeat it; a test holds them together."""

RELEASE = "0.1.0"


def as_numbers(release: str) -> tuple[int, ...]:
    """Return a release's numbers, so that 0.10.0 comes after 0.9.0."""
    return tuple(int(part) for part in release.split("."))

"""This code's release number. The packages' files repeat it; a test compares them."""

RELEASE = "0.1.0"


def as_numbers(release: str) -> tuple[int, ...]:
    """Return a release as integers to compare, so that 0.10.0 comes after 0.9.0."""
    return tuple(int(part) for part in release.split("."))

"""What prevents erasing a customer, in words for operators and for the export."""

from datetime import datetime

from users import erasure
from users.models import User


def find_hindrances(user: User, *, now: datetime) -> list[str]:
    """Return a sentence for each hindrance; none: nothing prevents it."""
    return [erasure.WORDS[word] for word in erasure.find_hindrances(user, now=now)]

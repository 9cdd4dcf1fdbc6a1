"""Ages as an operator says them."""

from datetime import timedelta


def say_age(age: timedelta) -> str:
    """Return an age as a clerk says it: 41 s, 52 min, 1 h 20, 26 h, 3 d."""
    seconds = max(int(age.total_seconds()), 0)
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    if hours < 10:
        return f"{hours} h {minutes % 60:02}"
    return f"{hours} h" if hours < 72 else f"{days} d"

"""Guards on tables of other apps, which migrations hold as text: no model declares them."""

#: (table, trigger), named by the app whose migration makes it.
TEXT_GUARDS: list[tuple[str, str]] = []


def register_guard(table: str, trigger: str) -> None:
    """Have a trigger looked after; called when the app is ready."""
    TEXT_GUARDS.append((table, trigger))

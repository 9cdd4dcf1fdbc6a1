"""The register of guards (triggers) that a migration makes by SQL and no model declares."""

#: Pairs (table, trigger), registered by the app whose migration makes the trigger.
TEXT_GUARDS: list[tuple[str, str]] = []


def register_guard(table: str, trigger: str) -> None:
    """Have common.drift check that the trigger exists; called from the AppConfig's `ready`."""
    TEXT_GUARDS.append((table, trigger))

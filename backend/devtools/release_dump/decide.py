"""Runs one group of decisions: `python -m devtools.release_dump.decide GROUP PHONES`.

It runs as a process of its own, since it needs Django with the settings of the dump.
"""

import json
import os
import sys

import django

#: Settings of the group `suspicion`: fraud rules refuse, and new accounts from these amounts.
_STRICT = {
    "RISK_MODE": "enforce",
    "RISK_THRESHOLDS": "new_account_review_amount=200,new_account_deny_amount=400",
}


def main() -> None:
    """Carry out the group; PHONES is JSON, `{customer's name: phone number}`."""
    group, phones = sys.argv[1], json.loads(sys.argv[2])
    if group == "suspicion":
        os.environ.update(_STRICT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from devtools.release_dump import decisions

    decisions.GROUPS[group](phones)


if __name__ == "__main__":
    main()

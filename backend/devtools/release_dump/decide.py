"""Runs one chapter of decisions: `python -m devtools.release_dump.decide CHAPTER PHONES`.

A process of its own, since it needs Django with the run's settings.
"""

import json
import os
import sys

import django

#: Refuse by the rules, from these amounts on, where the chapter is about that.
_STRICT = {
    "RISK_MODE": "enforce",
    "RISK_THRESHOLDS": "new_account_review_amount=200,new_account_deny_amount=400",
}


def main() -> None:
    """Do the chapter with `{name: phone number}`."""
    chapter, phones = sys.argv[1], json.loads(sys.argv[2])
    if chapter == "suspicion":
        os.environ.update(_STRICT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from devtools.release_dump import decisions

    decisions.CHAPTERS[chapter](phones)


if __name__ == "__main__":
    main()

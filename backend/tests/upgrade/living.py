"""Uses an upgraded database by the services, and prints the result of each use as JSON.

A process of its own: `python -m tests.upgrade.living TOKENS`.
"""

import json
import os
import sys

import django


def main() -> None:
    """Live on, and print it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from tests.upgrade import next_day

    print(json.dumps(dict(next_day.live(json.loads(sys.argv[1])))))  # noqa: T201


if __name__ == "__main__":
    main()

"""Asks /readyz of the code in this folder, and what `manage.py doctor` says of the functions.

Prints both as JSON. In a process of its own: a server keeps its answer for some seconds.
"""

import json
import os

import django


def main() -> None:
    """Ask once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.test import Client

    from operations.doctor.functions import check_functions

    response = Client().get("/readyz")
    says = [finding.says for finding in check_functions()]
    print(json.dumps([response.status_code, response.json(), says]))  # noqa: T201


if __name__ == "__main__":
    main()

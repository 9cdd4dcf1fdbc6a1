#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        # An operator waits for a command and may end it; requests and jobs have a limit.
        settings.DATABASES["default"]["OPTIONS"]["statement_timeout_ms"] = 0
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"{' '.join(sys.argv[:2])}: {error}")


if __name__ == "__main__":
    main()

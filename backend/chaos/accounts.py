"""Makes the run's customers, verified and with a token each: `python -m chaos.accounts COUNT`.

A process of its own, since it needs Django with the run's settings.
"""

import json
import os
import sys

import django


def main() -> None:
    """Print `{phone: token}`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from knox.models import AuthToken

    from users.models import User

    tokens = {}
    for nth in range(int(sys.argv[1])):
        phone = f"2547{10_000_000 + nth}"
        # No password: nobody logs in here, and hashing one is slow by design.
        user = User.objects.create_user(
            phone, full_name=f"Customer {nth}", kyc_status=User.KycStatus.VERIFIED
        )
        tokens[phone] = AuthToken.objects.create(user)[1]
    print(json.dumps(tokens))


if __name__ == "__main__":
    main()

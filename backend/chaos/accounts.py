"""Creates COUNT verified customers, each with an API token: `python -m chaos.accounts COUNT`.

It runs as a process of its own, since it needs Django with the settings of the chaos run.
"""

import json
import os
import sys

import django


def main() -> None:
    """Print the tokens as JSON: `{phone: token}`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from knox.models import AuthToken

    from users.models import User

    tokens = {}
    for nth in range(int(sys.argv[1])):
        phone = f"2547{10_000_000 + nth}"
        # No password: the customers of the run use tokens, and hashing a password is slow by
        # design.
        user = User.objects.create_user(
            phone, full_name=f"Customer {nth}", kyc_status=User.KycStatus.VERIFIED
        )
        tokens[phone] = AuthToken.objects.create(user)[1]
    print(json.dumps(tokens))


if __name__ == "__main__":
    main()

"""Settles, as an operator in the admin, the rows of the newest statement that need an operator.

`python -m chaos.decisions`: a process of its own, since it needs Django with the settings of the
chaos run.
"""

import json
import os
from collections import Counter

import django


def main() -> None:
    """Settle every row that waits, and print how many had which action and outcome, as JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from common import clock
    from payments import statement_selectors
    from payments.models import StatementImport
    from payments.services import statements
    from users.models import User

    operator = User.objects.create_user(
        "254709999999", full_name="Operator", is_staff=True, kyc_status=User.KycStatus.VERIFIED
    )
    file = StatementImport.objects.latest("pk")
    counts: Counter[str] = Counter()
    for row in file.lines.filter(pk__in=statement_selectors.list_waiting(file)).order_by("line"):
        # The service that the page's button calls; each button settles one row.
        report = statements.settle_rows(
            row_ids=[row.pk],
            operator=operator,
            reason="as M-Pesa's statement says",
            now=clock.now(),
        )
        outcomes = report.counts or {"failed": report.failed}
        counts.update({f"{row.action} {outcome}": count for outcome, count in outcomes.items()})
    print(json.dumps(counts))


if __name__ == "__main__":
    main()

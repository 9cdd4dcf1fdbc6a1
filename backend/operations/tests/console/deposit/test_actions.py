"""Every action of a statement's row has its words on the page of its deposit."""

from operations.console.deposit.actions import ROW_LABELS
from operations.console.deposit.decisions import CONSEQUENCES
from payments.models import StatementRow


def test_every_action_has_a_label_and_says_what_follows() -> None:
    assert set(ROW_LABELS) == set(CONSEQUENCES) == set(StatementRow.Action)

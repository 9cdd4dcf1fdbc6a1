"""The books after every load: no credit twice, none lost, every wallet equal to the ledger."""

from bench.book import Book
from bench.system import System

_COMPLETED = "SELECT count(*) FROM payments_transaction WHERE status = 'COMPLETED'"
# Each number counts rows that should not be there.
_WRONG = """
SELECT (SELECT count(*) FROM (
    SELECT account.id FROM wallet_ledgeraccount AS account
      LEFT JOIN wallet_posting AS posting ON posting.account_id = account.id
     WHERE account.kind = 'customer'
     GROUP BY account.id
    HAVING account.balance <> coalesce(sum(CASE posting.side
        WHEN 'credit' THEN posting.amount ELSE -posting.amount END), 0)) AS drifted),
(SELECT count(*) FROM payments_transaction AS txn
  WHERE txn.status = 'COMPLETED' AND NOT EXISTS (
    SELECT 1 FROM wallet_journalentry AS entry
     WHERE entry.id = txn.credit_entry_id AND entry.key = 'deposit:' || txn.id
       AND entry.amount = txn.amount)),
(SELECT abs((SELECT count(*) FROM wallet_journalentry WHERE key LIKE 'deposit:%')
    - (SELECT count(*) FROM payments_transaction WHERE status = 'COMPLETED')))
"""


class Money:
    """Counts what the loads should have credited, and looks whether that is what happened."""

    def __init__(self, system: System, book: Book) -> None:
        self._system = system
        self._book = book
        self._least = self._most = 0
        self._found: list[float] = []

    def begin(self) -> None:
        """Take what is there as the beginning."""
        self._least = self._most = self._completed()

    def expect(self, *, least: int, most: int) -> None:
        """Expect so many more credits: `least` were answered, `most` were sent."""
        self._least += least
        self._most += most

    def add(self, count: int) -> None:
        """Expect credits that the bench itself has put there."""
        self.expect(least=count, most=count)

    def check(self, after: str) -> None:
        """Look at the books and keep how many things are wrong."""
        completed = self._completed()
        wrong = max(self._least - completed, 0) + max(completed - self._most, 0)
        with self._system.connect() as connection:
            row = connection.execute(_WRONG).fetchone()
        wrong += sum(int(str(count)) for count in row or ())
        if wrong:
            self._book.notes.append(f"{wrong} wrong after {after}")
        # What an unanswered callback did is known now.
        self._least = self._most = completed
        self._found.append(wrong)
        self._book.note_figure("wrong_credits", max(self._found))

    def audit(self) -> None:
        """Let the product's own audit have its say."""
        try:
            self._system.python({}, "manage.py", "check_ledger")
        except RuntimeError as error:
            self._book.notes.append(f"check_ledger: {str(error)[-500:]}")
            self._found.append(1)
        self._book.note_figure("wrong_credits", max(self._found, default=0))

    def _completed(self) -> int:
        with self._system.connect() as connection:
            row = connection.execute(_COMPLETED).fetchone()
        return int(str(row[0])) if row else 0

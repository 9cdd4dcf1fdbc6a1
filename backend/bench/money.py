"""Checks the ledger after every load: no credit twice, none lost, wallets equal to the ledger."""

from bench.book import Book
from bench.system import System

_COMPLETED = "SELECT count(*) FROM payments_transaction WHERE status = 'COMPLETED'"
# Three counts, each 0 if all is right: wallets whose balance is not the sum of their postings,
# COMPLETED deposits without their credit, and the difference between credits and such deposits.
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
    """Counts the credits that the loads should cause, and compares them with the database."""

    def __init__(self, system: System, book: Book) -> None:
        self._system = system
        self._book = book
        self._least = self._most = 0
        self._found: list[float] = []

    def begin(self) -> None:
        """Take the number of COMPLETED deposits as the start of the count."""
        self._least = self._most = self._completed()

    def expect(self, *, least: int, most: int) -> None:
        """Expect at least `least` more credits (good answers), at most `most` (callbacks sent)."""
        self._least += least
        self._most += most

    def add(self, count: int) -> None:
        """Expect exactly `count` more credits, which the bench made outside of a load."""
        self.expect(least=count, most=count)

    def check(self, after: str) -> None:
        """Check the credits, and store the number of errors as the figure `wrong_credits`."""
        completed = self._completed()
        wrong = max(self._least - completed, 0) + max(completed - self._most, 0)
        with self._system.connect() as connection:
            row = connection.execute(_WRONG).fetchone()
        wrong += sum(int(str(count)) for count in row or ())
        if wrong:
            self._book.notes.append(f"{wrong} wrong after {after}")
        # The count is exact again: the database shows which unanswered callbacks credited.
        self._least = self._most = completed
        self._found.append(wrong)
        self._book.note_figure("wrong_credits", max(self._found))

    def audit(self) -> None:
        """Run `check_ledger`; its failure counts as one wrong credit."""
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

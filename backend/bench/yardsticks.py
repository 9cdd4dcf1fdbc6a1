"""Fills the tables of the plain Django application (bench/twin) and of the minimal function."""

from pathlib import Path

from psycopg import sql

from bench.cloning import move_sequence
from bench.fixtures import FIRST_PHONE, WALLETS, Block
from bench.load import requests
from bench.system import TWIN_DATABASE, YARDSTICK_DATABASE, System

_SQL = Path(__file__).parent / "sql"


def fill_twin(system: System, *, customers: int, deposits: int) -> None:
    """Fill the tables of bench/twin; the id of customer `n` is `n`, that of deposit `n` too."""
    _run(
        system, TWIN_DATABASE, "twin.sql",
        customers=customers, deposits=deposits, wallets=WALLETS, first_phone=FIRST_PHONE,
        token_length=len(requests.twin_token(1)),
    )  # fmt: skip
    with system.connect(TWIN_DATABASE) as connection:
        move_sequence(connection, "twin_transaction")
        connection.execute("VACUUM (ANALYZE)")


def fill_minimal(system: System, count: int) -> tuple[Block, Block]:
    """Create the minimal function and `count` deposits for it to settle.

    Return two blocks: seven eighths of the deposits, of 1,000 wallets, and the rest, of one wallet.
    """
    many = count * 7 // 8
    with system.connect(YARDSTICK_DATABASE) as connection:
        connection.execute((_SQL / "minimal.sql").read_text())
    _run(system, YARDSTICK_DATABASE, "minimal_rows.sql", count=count, many=many, wallets=WALLETS)
    with system.connect(YARDSTICK_DATABASE) as connection:
        connection.execute("VACUUM (ANALYZE)")
    return Block(1, many, 1), Block(many + 1, count - many, many + 1)


def _run(system: System, database: str, name: str, **numbers: int) -> None:
    """Run the SQL statements of a file, with each `{word}` in it replaced by its number."""
    numbers |= {
        "amount": requests.AMOUNT_KES,
        "digits": len(requests.checkout_request_id(0)) - len("ws_CO_B"),
    }
    literals = {word: sql.Literal(number) for word, number in numbers.items()}
    statements = sql.SQL((_SQL / name).read_text())
    with system.connect(database) as connection:
        connection.execute(statements.format(**literals))

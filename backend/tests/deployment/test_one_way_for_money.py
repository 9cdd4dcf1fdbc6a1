"""Money moves in the ledger's SQL function, and only services reach it.

Found by reading the SQL: a function that calls one that moves money counts as moving money.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from common.sql_functions import SqlFile, list_files, list_names

BACKEND = Path(__file__).parents[2]
_POSTS = {"ledger_post", "ledger_post_many"}
_BODIES = re.compile(r"^CREATE OR REPLACE FUNCTION (\w+)(.*?)^(?:END )?\$\$;", re.M | re.S)
#: Where Python may call what moves money.
_SERVICES = "payments/services/"


def _bodies() -> dict[str, str]:
    return {name: body for file in list_files() for name, body in _BODIES.findall(file.text)}


def _moving() -> set[str]:
    """Return the names of all functions that move money, however far down."""
    bodies, moving = _bodies(), set(_POSTS)
    while True:
        found = {
            name
            for name, body in bodies.items()
            if any(re.search(rf"\b{called}\(", body) for called in moving)
        }
        if found <= moving:
            return moving
        moving |= found


def _product_files() -> Iterator[tuple[str, str]]:
    for folder in BACKEND.iterdir():
        # Hidden folders hold installed packages: some ten thousand files.
        if folder.name.startswith(".") or folder.name in {"bench", "devtools", "tests"}:
            continue
        for path in folder.rglob("*.py"):
            name = str(path.relative_to(BACKEND))
            if not re.search(r"/(tests|migrations)/|conftest", name):
                yield name, path.read_text()


def test_every_body_is_read() -> None:
    names = [name for file in list_files() for name in list_names(file)]

    assert sorted(_bodies()) == sorted(names)
    assert len(names) > 20


def test_the_functions_that_move_money_are_these() -> None:
    assert _moving() == {
        "ledger_post",
        "ledger_post_many",
        "deposit_credit",
        "deposit_settle_success",
        "deposit_settle_callback",
        "deposit_settle_query",
        "suspense_hold",
        "suspense_give",
        "suspense_resolve",
        "suspense_dismiss",
        "suspense_correct",
        "suspense_split",
        "payment_reverse_owing",
        "payment_reverse",
        "debt_collect",
        "callback_record",
        "callback_record_hint",
        "callback_receive",
        "callbacks_record",
        "paybill_credit",
        "paybill_hold",
        "paybill_release",
        "paybill_release_named",
        "paybill_release_to",
        "paybill_settle",
        "confirmation_record",
        "claim_look",
        "claim_make",
        "pull_record",
        "transaction_query_record",
        "transaction_status_settle",
        "statement_correct",
        "statement_credit_after_all",
        "statement_credit_joined",
        "statement_join",
        "statement_take_back",
        "statement_settle",
    }


def test_only_services_call_functions_that_move_money() -> None:
    calls = re.compile(rf"\b({'|'.join(_moving())})\(")
    callers = {name for name, text in _product_files() if calls.search(text)}

    assert callers
    assert [name for name in callers if not name.startswith(_SERVICES)] == []


def test_only_the_ledger_writes_entries() -> None:
    writes = re.compile(r"(INSERT INTO|UPDATE|DELETE FROM) wallet_(journalentry|ledgeraccount)")
    writers = {file.name for file in list_files() if writes.search(file.text)}

    assert writers == {"wallet/sql/functions/ledger.sql"}
    assert [name for name, text in _product_files() if writes.search(text)] == [
        "wallet/models.py"  # the entry's own trigger
    ]


def test_a_function_that_posts_behind_another_is_found() -> None:
    file = SqlFile("x.sql", "CREATE OR REPLACE FUNCTION gift() AS $$\nSELECT ledger_post('k')\n$$;")

    assert _BODIES.findall(file.text)[0][0] == "gift"

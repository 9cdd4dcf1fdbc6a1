"""Forbidden changes to rows of an old release: plain SQL, with the SQLSTATE that refuses it."""

from dataclasses import dataclass

_RESTRICT, _CHECK, _UNIQUE, _FOREIGN = "23001", "23514", "23505", "23503"


@dataclass(frozen=True)
class Attack:
    """A statement that touches rows of every dump, and what refuses it."""

    name: str
    sql: str
    sqlstate: str = _RESTRICT


_ENTRY = (
    "INSERT INTO wallet_journalentry"
    " (key, description, debit_account_id, credit_account_id, amount)"
    " SELECT 'attack', '', (SELECT id FROM wallet_ledgeraccount WHERE kind = 'clearing' LIMIT 1),"
    " (SELECT id FROM wallet_ledgeraccount WHERE kind = 'customer' LIMIT 1), {}"
)
_COMPLETED = "WHERE status = 'COMPLETED'"
_HISTORIES = (
    "payments_transactionhistory", "payments_suspensecasehistory", "users_userhistory",
    "kyc_kycsubmissionhistory", "risk_ownlimitshistory",
)  # fmt: skip
_APPEND_ONLY = {
    "wallet_journalentry": "description = 'x'",
    "wallet_ledgerseal": "sealed_at = now()",
    "payments_receipt": "booked_at = now()",
    "payments_reversal": "reason = 'x'",
    "risk_decision": "verdict = 'deny'",
    "kyc_unmasking": "reason = 'x'",
    **dict.fromkeys(_HISTORIES, "pgh_created_at = now()"),
}
_NEVER_DELETED = (
    "payments_transaction", "payments_suspensecase", "wallet_ledgeraccount", "kyc_kycsubmission",
    "risk_ownlimits", "users_phonechange",
)  # fmt: skip
_NEVER_EMPTIED = (
    *_APPEND_ONLY, *_NEVER_DELETED, "payments_callbackevent", "pghistory_context",
)  # fmt: skip
_DEPOSITS = (
    ("amount", "amount = amount + 1"),
    ("owner", "user_id = (SELECT max(id) FROM users_user)"),
    ("phone", "phone_number = '254799999999'"),
    ("reference", "account_reference = 'KPOTHER'"),
    ("token", "callback_token_hash = 'x'"),
    ("time", "created_at = now()"),
)

ATTACKS = (
    *(Attack(f"change {t}", f"UPDATE {t} SET {change}") for t, change in _APPEND_ONLY.items()),
    *(Attack(f"delete {table}", f"DELETE FROM {table}") for table in _APPEND_ONLY),
    *(Attack(f"delete {table}", f"DELETE FROM {table}") for table in _NEVER_DELETED),
    *(Attack(f"empty {table}", f"TRUNCATE {table} CASCADE") for table in _NEVER_EMPTIED),
    *(
        Attack(f"a deposit's {name}", f"UPDATE payments_transaction SET {change}")
        for name, change in _DEPOSITS
    ),
    Attack("undo a credit", f"UPDATE payments_transaction SET status = 'PENDING' {_COMPLETED}"),
    Attack("fail a credit", f"UPDATE payments_transaction SET status = 'FAILED' {_COMPLETED}"),
    Attack(
        "a failure back to PENDING",
        "UPDATE payments_transaction SET status = 'PENDING' WHERE status = 'FAILED'",
    ),
    Attack("change an outcome", f"UPDATE payments_transaction SET result_desc = 'x' {_COMPLETED}"),
    Attack("another entry", f"UPDATE payments_transaction SET credit_entry_id = 1 {_COMPLETED}"),
    Attack(
        "another checkout id",
        "UPDATE payments_transaction SET checkout_request_id = 'x'"
        " WHERE checkout_request_id IS NOT NULL",
    ),
    Attack(
        "complete without money",
        "UPDATE payments_transaction SET status = 'COMPLETED', completed_at = now()"
        " WHERE status = 'PENDING'",
        _CHECK,
    ),
    Attack(
        "complete by somebody's entry",
        "UPDATE payments_transaction SET status = 'COMPLETED', completed_at = now(),"
        " credit_entry_id = (SELECT max(id) FROM wallet_journalentry"
        " WHERE key LIKE 'suspense:%') WHERE id = (SELECT min(id) FROM payments_transaction"
        " WHERE status = 'PENDING')",
        _CHECK,
    ),
    Attack(
        "a receipt that nobody registered",
        "UPDATE payments_transaction SET mpesa_receipt_number = 'ATTACK'"
        f" {_COMPLETED} AND mpesa_receipt_number IS NULL",
        _FOREIGN,
    ),
    Attack(
        "a receipt twice",
        "INSERT INTO payments_receipt (number, transaction_id)"
        " SELECT number, transaction_id FROM payments_receipt",
        _UNIQUE,
    ),
    Attack("write a balance", "UPDATE wallet_ledgeraccount SET balance = balance + 1"),
    Attack("a wallet's owner", "UPDATE wallet_ledgeraccount SET code = code || 'x'"),
    Attack(
        "a wallet that begins with money",
        "INSERT INTO wallet_ledgeraccount (code, kind, user_id, balance)"
        " SELECT 'attack', 'customer', max(id), 5 FROM users_user",
        _CHECK,
    ),
    Attack("an entry of NaN", _ENTRY.format("'NaN'"), _CHECK),
    Attack("a negative entry", _ENTRY.format("-5"), _CHECK),
    Attack("an entry of nothing", _ENTRY.format("0"), _CHECK),
    Attack(
        "an entry twice",
        "INSERT INTO wallet_journalentry"
        " (key, description, debit_account_id, credit_account_id, amount)"
        " SELECT key, description, debit_account_id, credit_account_id, amount"
        " FROM wallet_journalentry",
        _UNIQUE,
    ),
    Attack(
        "more than a wallet holds",
        "INSERT INTO wallet_journalentry"
        " (key, description, debit_account_id, credit_account_id, amount)"
        " SELECT 'attack', '', max(id) FILTER (WHERE kind = 'customer'),"
        " max(id) FILTER (WHERE kind = 'clearing'), 10000000 FROM wallet_ledgeraccount",
        _CHECK,
    ),
    Attack(
        "an account that is not there",
        _ENTRY.format("5").replace("kind = 'clearing' LIMIT 1", "false").replace(
            "(SELECT id FROM wallet_ledgeraccount WHERE false)", "0"
        ),
        _FOREIGN,
    ),
    Attack("change a callback", "UPDATE payments_callbackevent SET raw_body = ''"),
    Attack("delete a callback", "DELETE FROM payments_callbackevent WHERE has_token"),
    Attack(
        "decide a case twice",
        "UPDATE payments_suspensecase SET resolution_note = 'x' WHERE status = 'RESOLVED'",
    ),
    Attack("a case's amount", "UPDATE payments_suspensecase SET amount = amount + 1"),
    Attack(
        "decide without an entry",
        "UPDATE payments_suspensecase SET status = 'RESOLVED', resolved_at = now(),"
        " resolution_note = 'x' WHERE status = 'OPEN' AND amount IS NOT NULL",
        _CHECK,
    ),
    Attack(
        "a reversal of nothing",
        "INSERT INTO payments_reversal (transaction_id, entry_id, reversal_entry_id, operator_id,"
        " reason, reversed_at) SELECT max(txn.id), max(txn.credit_entry_id),"
        " max(txn.credit_entry_id), max(txn.user_id), 'x', now() FROM payments_transaction AS txn",
        _CHECK,
    ),
    Attack(
        "a decision about another's deposit",
        "INSERT INTO risk_decision (transaction_id, user_id, amount, facts, findings, verdict,"
        " applied, mode) SELECT id, user_id, amount + 1, '{}', '[]', 'allow', 'allow', 'shadow'"
        " FROM payments_transaction LIMIT 1",
        _CHECK,
    ),
    Attack("shorten a pause", "UPDATE risk_ownlimits SET paused_until = now()"
           " WHERE paused_until > now()"),
    Attack("end an exclusion", "UPDATE risk_ownlimits SET excluded_until = NULL"
           " WHERE excluded_until IS NOT NULL"),
    Attack("raise a cap", "UPDATE risk_ownlimits SET daily_cap = daily_cap + 1"
           " WHERE daily_cap IS NOT NULL"),
    Attack(
        "raise a cap soon",
        "UPDATE risk_ownlimits SET pending_weekly_cap = 9000, updated_at = now(),"
        " effective_at = now() WHERE daily_cap IS NOT NULL",
    ),
    Attack(
        "decide about a customer twice",
        "UPDATE kyc_kycsubmission SET reason = 'x' WHERE status = 'REJECTED'",
    ),
    Attack("another name", "UPDATE kyc_kycsubmission SET full_name = 'X'"),
    Attack(
        "another ID number", "UPDATE kyc_kycsubmission SET id_number_encrypted = repeat('x', 20)"
    ),
    Attack(
        "verified without a customer",
        "UPDATE kyc_kycsubmission SET status = 'VERIFIED', tier = 'full', decided_at = now(),"
        " decided_by_id = (SELECT id FROM users_user WHERE is_staff LIMIT 1), reason = 'x'"
        " WHERE status = 'PENDING'",
        _CHECK,
    ),
    Attack(
        "decide about a number twice",
        "UPDATE users_phonechange SET reason = 'x' WHERE status = 'APPROVED'",
    ),
    Attack(
        "another wished number", "UPDATE users_phonechange SET new_phone_number = '254799999999'"
    ),
)  # fmt: skip

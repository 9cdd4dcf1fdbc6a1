"""Every state that the dump must hold, each with the SQL that finds it."""
# ruff: noqa: S608  # all SQL is built from constants of this file

import psycopg

_DEPOSIT = "payments_transaction WHERE "
_EVENT = "payments_callbackevent WHERE "
_CASE = "payments_suspensecase WHERE "
_SETTLED_BY = "EXISTS (SELECT 1 FROM payments_callbackevent AS event WHERE event.verdict = '{}'"
_APPLIED = f"{_SETTLED_BY.format('applied')} AND event.transaction_id = payments_transaction.id)"
#: SQL condition: the deposit was FAILED at some time before.
_WAS_FAILED = (
    "EXISTS (SELECT 1 FROM payments_transactionhistory AS past"
    " WHERE past.pgh_obj_id = payments_transaction.id AND past.status = 'FAILED')"
)
_REASONS = ("amount_mismatch", "checkout_mismatch", "second_payment", "receipt_used")
_VERDICTS = ("received", "applied", "duplicate", "hint", "unmatched", "mismatched", "malformed")
_FAILURES = ("1", "1019", "1025", "1032", "1037", "2001", "8006", "9999")

STATES: dict[str, str] = {
    "PENDING with an open prompt": f"{_DEPOSIT} status = 'PENDING' AND prompt_expires_at > now()",
    "PENDING, silent, asked about": f"{_DEPOSIT} status = 'PENDING' AND query_count > 0"
    " AND next_query_at IS NOT NULL AND review_reason IS NULL",
    "PENDING, escalated": f"{_DEPOSIT} status = 'PENDING' AND review_reason = 'no_answer'"
    " AND checkout_request_id IS NOT NULL",
    "PENDING, escalated, its push never answered": f"{_DEPOSIT} status = 'PENDING'"
    " AND review_reason = 'no_answer' AND checkout_request_id IS NULL",
    "PENDING, its case resolved": f"{_DEPOSIT} status = 'PENDING' AND review_reason = 'resolved'",
    **{
        f"FAILED by callback with {code}": f"{_DEPOSIT} status = 'FAILED'"
        f" AND result_code = '{code}' AND {_APPLIED}"
        for code in _FAILURES
    },
    "FAILED by query": f"{_DEPOSIT} status = 'FAILED' AND query_count > 0 AND NOT {_APPLIED}",
    "FAILED, to be asked again": f"{_DEPOSIT} status = 'FAILED' AND next_query_at IS NOT NULL",
    "FAILED, refused by M-Pesa": f"{_DEPOSIT} status = 'FAILED' AND checkout_request_id IS NULL",
    "COMPLETED by callback": f"{_DEPOSIT} status = 'COMPLETED' AND query_count = 0 AND {_APPLIED}",
    "COMPLETED by query": f"{_DEPOSIT} status = 'COMPLETED' AND mpesa_receipt_number IS NULL",
    "COMPLETED by query, its receipt later": f"{_DEPOSIT} status = 'COMPLETED' AND query_count > 0"
    f" AND mpesa_receipt_number IS NOT NULL AND {_APPLIED}",
    "COMPLETED after FAILED": f"{_DEPOSIT} status = 'COMPLETED' AND {_WAS_FAILED}",
    "COMPLETED by its case": f"{_DEPOSIT} status = 'COMPLETED' AND credit_entry_id IN"
    " (SELECT resolution_entry_id FROM payments_suspensecase)",
    "COMPLETED, reversed": f"{_DEPOSIT} status = 'COMPLETED' AND review_reason = 'reversed'",
    **{
        f"case {reason}, {status}": f"{_CASE} reason = '{reason}' AND status = '{status}'"
        for reason in _REASONS
        for status in ("OPEN", "RESOLVED")
    },
    **{f"callback {verdict}": f"{_EVENT} verdict = '{verdict}'" for verdict in _VERDICTS},
    "callback received with its token": f"{_EVENT} verdict = 'received' AND has_token",
    **{
        f"key, {what}": f"payments_idempotencykey WHERE {condition}"
        for what, condition in {
            "accepted": "answer ->> 'outcome' = 'accepted'",
            "refused": "answer ->> 'outcome' = 'refused'",
            "unknown": "answer ->> 'outcome' = 'unknown'",
            "never answered": "answer IS NULL",
        }.items()
    },
    "own caps, higher ones pending": "risk_ownlimits WHERE effective_at > now()",
    "paused": "risk_ownlimits WHERE paused_until > now()",
    "pause lifted": "risk_ownlimits WHERE lifted_at IS NOT NULL",
    "excluded": "risk_ownlimits WHERE excluded_until > now()",
    **{
        f"decision {verdict}, met {applied}": f"risk_decision WHERE verdict = '{verdict}'"
        f" AND applied = '{applied}'"
        for verdict, applied in (
            ("allow", "allow"), ("review", "allow"), ("review", "review"), ("deny", "deny"),
        )
    },
    "seen at an address": "risk_sighting WHERE kind = 'address'",
    **{
        f"KYC {status}": f"kyc_kycsubmission WHERE status = '{status}' AND revoked_at IS NULL"
        for status in ("PENDING", "VERIFIED", "REJECTED")
    },
    "KYC revoked": "kyc_kycsubmission WHERE revoked_at IS NOT NULL",
    "ID number shown": "kyc_unmasking",
    **{
        f"another number, {status}": f"users_phonechange WHERE status = '{status}'"
        for status in ("PENDING", "APPROVED", "REJECTED", "CANCELLED")
    },
    "switched off": "users_user WHERE NOT is_active",
    "token": "knox_authtoken",
    "session": "django_session",
    "seal": "wallet_ledgerseal",
    **{
        f"history of {table} with its context": f"{table} WHERE pgh_context_id IS NOT NULL"
        for table in (
            "users_userhistory", "payments_transactionhistory", "payments_suspensecasehistory",
            "risk_ownlimitshistory", "kyc_kycsubmissionhistory",
        )
    },
}  # fmt: skip


def find_missing(url: str) -> list[str]:
    """Return the names of the states that the database does not hold."""
    with psycopg.connect(url) as connection:
        return [
            state
            for state, rows in STATES.items()
            if not connection.execute(f"SELECT 1 FROM {rows} LIMIT 1").fetchone()
        ]

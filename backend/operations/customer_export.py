"""Everything that is held about one customer, for whom the law gives a right to it.

Each table with a customer's rows is a section here or, with the reason, in `LEFT_OUT`; a test fails
when a table is in neither.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.db import transaction as db_transaction
from django.db.models import Field, Model, Q, QuerySet
from django.utils.encoding import force_str

from operations.erasure import find_hindrances
from users.models import User


@dataclass(frozen=True, kw_only=True)
class Section:
    """The rows of one table: `owners` are the lookups that lead to the customer's id.

    `secrets` are columns that would help an attacker and say nothing about the customer.
    """

    model: str
    owners: tuple[str, ...]
    secrets: frozenset[str] = frozenset()


#: From a payment by hand to the customer who got it out of suspense: one that no deposit can have,
#: such as KES 10.50, has no other way to its owner.
_GIVEN_FROM_CASE = "case__resolution_entry__credit_account__user"

#: What the file calls each section.
SECTIONS = {
    "account": Section(model="users.User", owners=("pk",), secrets=frozenset({"password"})),
    "account_changes": Section(model="users.UserHistory", owners=("pgh_obj",)),
    "password_changes": Section(model="users.PasswordHistory", owners=("pgh_obj",)),
    "phone_number_changes": Section(model="users.PhoneChange", owners=("user",)),
    "proposals": Section(model="users.Proposal", owners=("customer",)),
    "proposed_changes_of_the_account": Section(model="users.AccountChange", owners=("user",)),
    "wishes_to_close_the_account": Section(model="users.ErasureRequest", owners=("user",)),
    "erasure": Section(model="users.Erasure", owners=("user",)),
    "consents_to_the_privacy_notice": Section(model="users.Consent", owners=("user",)),
    "recovered_passwords": Section(model="users.Recovery", owners=("user",)),
    "browsers_signed_in": Section(
        model="users.BrowserSession", owners=("user",), secrets=frozenset({"key_hash"})
    ),
    "text_messages": Section(
        model="users.TextMessage", owners=("user",), secrets=frozenset({"sealed_text"})
    ),
    "tokens": Section(
        model="knox.AuthToken", owners=("user",), secrets=frozenset({"digest", "token_key"})
    ),
    "identity_submissions": Section(
        model="kyc.KycSubmission",
        owners=("user",),
        secrets=frozenset({"id_number_encrypted", "id_number_fingerprint"}),
    ),
    "identity_decisions": Section(model="kyc.KycSubmissionHistory", owners=("pgh_obj__user",)),
    "looks_at_the_id_number": Section(model="kyc.Unmasking", owners=("submission__user",)),
    "own_limits": Section(model="risk.OwnLimits", owners=("user",)),
    "own_limits_changes": Section(model="risk.OwnLimitsHistory", owners=("user",)),
    "decisions_of_fraud_rules": Section(model="risk.Decision", owners=("user",)),
    "addresses_and_devices": Section(model="risk.Sighting", owners=("user",)),
    "wallet": Section(model="wallet.LedgerAccount", owners=("user",)),
    "wallet_entries": Section(
        model="wallet.JournalEntry", owners=("debit_account__user", "credit_account__user")
    ),
    "deposits": Section(
        model="payments.Transaction",
        owners=("user",),
        secrets=frozenset({"callback_token_hash"}),
    ),
    "deposit_changes": Section(model="payments.TransactionHistory", owners=("pgh_obj__user",)),
    "receipts": Section(model="payments.Receipt", owners=("transaction__user",)),
    "callbacks_of_mpesa": Section(model="payments.CallbackEvent", owners=("transaction__user",)),
    "account_number_at_the_paybill": Section(model="payments.PaybillAccount", owners=("user",)),
    "payments_by_hand": Section(
        model="payments.PaybillPayment",
        owners=("transaction__user", _GIVEN_FROM_CASE),
        # It is about the payer, who may be somebody else.
        secrets=frozenset({"payer_hash"}),
    ),
    "confirmations_of_mpesa": Section(
        model="payments.Confirmation",
        owners=("transaction__user",),
        # Name and number of the payer, hashed or not; what of it is the customer's is above.
        secrets=frozenset({"raw_body"}),
    ),
    "claims": Section(model="payments.Claim", owners=("user",)),
    "claim_changes": Section(model="payments.ClaimHistory", owners=("pgh_obj__user",)),
    "rows_of_mpesas_list": Section(
        model="payments.PulledRow",
        owners=("transaction__user",),
        # `raw` is about the payer, like the body of a confirmation; `digest` is of it.
        secrets=frozenset({"raw", "digest"}),
    ),
    "answers_of_mpesa_about_receipts": Section(
        model="payments.TransactionQuery",
        owners=("transaction__user",),
        # `raw` and `payer_hash` are about the payer, who may be somebody else.
        secrets=frozenset({"token_hash", "raw", "payer_hash"}),
    ),
    "rows_of_mpesas_statements": Section(
        model="payments.StatementRow",
        owners=("transaction__user",),
        # About the payer, like the body of a confirmation; `reason` is about the operator's work.
        secrets=frozenset({"details", "payer_name", "payer_number", "reason"}),
    ),
    "deposits_not_in_a_statement": Section(
        model="payments.UnpaidDeposit", owners=("transaction__user",)
    ),
    "suspense_cases": Section(
        model="payments.SuspenseCase",
        owners=("transaction__user", f"payment__{_GIVEN_FROM_CASE}"),
    ),
    "suspense_case_changes": Section(
        model="payments.SuspenseCaseHistory",
        owners=("pgh_obj__transaction__user", f"pgh_obj__payment__{_GIVEN_FROM_CASE}"),
    ),
    "shares_of_payments": Section(model="payments.CaseShare", owners=("customer",)),
    "reversals": Section(
        model="payments.Reversal",
        owners=("transaction__user", "entry__credit_account__user"),
    ),
    "debts": Section(model="payments.Debt", owners=("customer",)),
    "repayments_of_debts": Section(model="payments.Repayment", owners=("debt__customer",)),
    "idempotency_keys": Section(
        model="payments.IdempotencyKey",
        owners=("user",),
        secrets=frozenset({"fingerprint", "claim"}),
    ),
}

#: Tables that lead to a user and are no section, with the reason.
LEFT_OUT = {
    "wallet.Posting": "a view of wallet_entries",
    "payments.StatementImport": "which operator uploaded a file; its rows are above",
    "payments.StatementUpload": "which operator sent a file, before it is imported",
    "payments.StatementUploadPart": "a sent file, until it is imported or refused",
    "payments.PullRequest": "which operator had M-Pesa's list asked for",
    "users.OneTimeCode": "hashes of codes, for two days; the SMS are text_messages",
    "users.User_groups": "rights of operators",
    "users.User_user_permissions": "rights of operators",
    "admin.LogEntry": "what operators did; its texts are in the histories",
    "operations.Alert": "which operator looks after what waits; it names no customer",
    "otp_totp.TOTPDevice": "secrets of operators",
    "otp_static.StaticDevice": "secrets of operators",
    "otp_static.StaticToken": "secrets of operators",
}


#: What customers do not get without an operator: how fraud is found, and what operators noted. Our
#: data-protection officer decides about it (docs/runbook.md).
KEPT_FROM_OWN = frozenset({"decisions_of_fraud_rules", "looks_at_the_id_number", "proposals"})
#: Columns with operators' notes, in the other sections.
_NOTES = frozenset({"resolution_note", "correction_note", "lift_reason", "note"})
#: Sections whose `reason` is an operator's note; elsewhere the customer reads it anyway.
_NOTED = frozenset({"reversals", "repayments_of_debts", "deposits_not_in_a_statement"})


def export_own_data(user: User, *, now: datetime) -> dict[str, Any]:
    """Return the export as customers get it from the page; `left_out` names what is not in it.

    Must be called outside of a transaction.
    """
    export = export_customer(user, now=now)
    for name in KEPT_FROM_OWN:
        del export[name]
    for name in SECTIONS.keys() - KEPT_FROM_OWN:
        hidden = _NOTES | ({"reason"} if name in _NOTED else set())
        export[name] = [
            {column: value for column, value in row.items() if column not in hidden}
            for row in export[name]
        ]
    export["left_out"] = sorted(KEPT_FROM_OWN | {"notes of operators"})
    return export


def export_customer(user: User, *, now: datetime) -> dict[str, Any]:
    """Return all sections with their rows, oldest first, as they were at one moment.

    Which operator did something is left out: that is about the operator. Must be called outside of
    a transaction.
    """
    with db_transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return {
            "exported_at": now,
            "customer": user.pk,
            "stands_against_erasure": find_hindrances(user, now=now),
            **{name: _list_rows(section, user) for name, section in SECTIONS.items()},
        }


def list_columns(section: Section) -> list[str]:
    """Return the columns of a section that are exported."""
    return [field.attname for field in _fields(section) if not _is_hidden(section, field)]


def _fields(section: Section) -> "list[Field[Any, Any]]":
    return list(apps.get_model(section.model)._meta.concrete_fields)


def _is_hidden(section: Section, field: "Field[Any, Any]") -> bool:
    # Of users the rows name operators and the customer, whom the file names once. The row of a
    # context holds the operator.
    related = field.related_model
    is_about_others = related is User or getattr(related, "__name__", "") == "Context"
    return field.attname in section.secrets or is_about_others


def _list_rows(section: Section, user: User) -> list[dict[str, Any]]:
    model = apps.get_model(section.model)
    owned = Q()
    for owner in section.owners:
        owned |= Q(**{owner: user.pk})
    rows: QuerySet[Model, dict[str, Any]] = (
        model._default_manager.filter(owned).order_by("pk").values(*list_columns(section))
    )
    return [{name: _readable(value) for name, value in row.items()} for row in rows]


def _readable(value: Any) -> Any:
    """Return bytes, which are bodies of callbacks, as text; anything else as it is."""
    if isinstance(value, bytes | memoryview):
        return force_str(bytes(value), errors="replace")
    return value

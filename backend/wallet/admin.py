"""Admin of the ledger, read-only: accounts, journal entries and seals."""

from decimal import Decimal
from typing import ClassVar

from django.contrib import admin

from common.admin import ReadOnlyAdmin, TabularInline
from users.admin_search import ExactSearch
from wallet.models import JournalEntry, LedgerAccount, LedgerSeal, Posting
from wallet.selectors import get_derived_balance


class PostingInline(TabularInline):
    """The two postings of a journal entry."""

    model = Posting
    can_delete = False
    extra = 0

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ExactSearch, ReadOnlyAdmin):
    """Ledger accounts, with the stored balance and the one recomputed from postings."""

    list_display = ("code", "kind", "balance")
    list_filter = ("kind",)
    search_fields: ClassVar = ("code", "user__phone_number")
    readonly_fields = ("recomputed_balance",)

    @admin.display(description="balance recomputed from postings")
    def recomputed_balance(self, account: LedgerAccount) -> Decimal:
        """Return the sum of the account's credits less its debits."""
        return get_derived_balance(account)


@admin.register(JournalEntry)
class JournalEntryAdmin(ExactSearch, ReadOnlyAdmin):
    """The journal entries: every movement of money."""

    list_display = ("id", "key", "description", "created_at")
    search_fields = ("id", "key")
    inlines = (PostingInline,)


@admin.register(LedgerSeal)
class LedgerSealAdmin(ReadOnlyAdmin):
    """The seals: the links of the hash chain over the ledger."""

    list_display = ("id", "last_entry_id", "digest", "sealed_at")

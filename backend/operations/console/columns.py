"""What the console's lists show in a column, and the filters that say their values in words."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from common import clock
from operations.console.deposit.answer import State
from operations.needs import KINDS
from users.models import User
from users.phone import mask_phone_number

NONE = "\u2013"
DECISIONS = {
    "": "Decided",
    "credited": "Given to a customer",
    "not_in_books": "Not in M-PESA's books",
    "refunded": "Refunded in the portal",
    "belongs_to_deposit": "Belongs to a deposit",
}


def _words(kind: str) -> dict[str, str]:
    """Return the home's words for the details of a kind of need."""
    return next(each.details for each in KINDS if each.name == kind)


def say_time(at: datetime | None) -> str:
    """Return a time in Nairobi to the second: 30 Nov 10:01:27; of another year with the year."""
    if at is None:
        return NONE
    local = localtime(at)
    year = "" if local.year == localtime(clock.now()).year else f" {local.year}"
    return f"{local:%-d %b}{year} {local:%H:%M:%S}"


def show_state(state: State) -> SafeString:
    """Return where money is by glyph, word and colour, as the pages show it."""
    return format_html(
        '<span class="state is-{}"><svg class="i" aria-hidden="true"><use href="#s-{}"/></svg>'
        "{}</span>",
        state.name,
        state.name,
        state.label,
    )


def show_customer(user: User | None, phone_number: str = "") -> SafeString | str:
    """Return a customer's name above their masked number; the number alone without a name."""
    if user is None:
        return NONE
    number = mask_phone_number(phone_number or user.phone_number)
    if not user.full_name:
        return number
    return format_html('{} <small class="soft">{}</small>', user.full_name, number)


def show_operator(user: User | None) -> str:
    """Return an operator's name, or their masked number."""
    return (user.full_name or str(user)) if user else NONE


def show_code(code: str | None) -> SafeString | str:
    """Return a code of M-PESA's, or a reference of ours."""
    return format_html('<span class="mono">{}</span>', code) if code else NONE


class WordsFilter(admin.SimpleListFilter):
    """Filters by a column's value, which is shown in words."""

    words: ClassVar[dict[str, str]]

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [
            (value, f"{said[0].upper()}{said[1:]}") for value, said in self.words.items() if value
        ]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        value = self.value()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


class ReasonFilter(WordsFilter):
    """Why a payment is held."""

    title, parameter_name, words = "why", "reason__exact", _words("suspense")


class DecisionFilter(WordsFilter):
    """What was decided about a case."""

    title, parameter_name, words = "decision", "decision__exact", DECISIONS


class KindFilter(WordsFilter):
    """What is proposed about money."""

    title, parameter_name, words = "kind", "kind__exact", _words("proposals")

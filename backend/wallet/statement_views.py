"""Views that return a customer's own statement over a span of days, as CSV or PDF."""

from typing import ClassVar

from django.db import connection
from django.http import HttpResponse
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from common import clock, schema
from common.api import environment_name
from common.days import DaySpan
from common.negotiation import AlwaysTheFirst
from users.current import signed_in_user
from users.models import User
from users.phone import show_masked_number
from wallet import selectors
from wallet.serializers import StatementQuery
from wallet.statement import TURNS, Statement, file_name, find_stamp
from wallet.statement_csv import render_csv
from wallet.statement_pdf import Letterhead, render_pdf
from wallet.throttles import StatementPerUser

_ERRORS = schema.errors(
    400,
    401,
    403,
    429,
    503,
    s400=("validation_error", "statement_too_long"),
    s429=("rate_limited",),
    s503=("unavailable",),
)


class _StatementView(APIView):
    """What both forms share. Errors are JSON, although the caller may accept files only."""

    throttle_classes = [StatementPerUser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysTheFirst
    ending: ClassVar[str]
    content_type: ClassVar[str]

    def answer(self, request: Request) -> HttpResponse:
        """Read the span, draw up the statement and hand it over as a file."""
        query = StatementQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        span = DaySpan(query.validated_data["from"], query.validated_data["to"])
        user = signed_in_user(request)
        body = self._make(user, span)
        name = file_name(span, environment_name(), self.ending)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(body, content_type=self.content_type, headers=headers)

    def _make(self, user: User, span: DaySpan) -> bytes:
        """Read and render the statement in turn; hold no connection while waiting or rendering."""
        _give_back_connection()
        with TURNS.take():
            statement = selectors.get_statement(user.pk, span)
            _give_back_connection()
            return self.render(statement, user)

    def render(self, statement: Statement, user: User) -> bytes:
        raise NotImplementedError


def _give_back_connection() -> None:
    if not connection.in_atomic_block:
        connection.close()


class StatementCsvView(_StatementView):
    """The statement for spreadsheets."""

    ending = "csv"
    content_type = "text/csv; charset=utf-8; header=present"

    @extend_schema(
        operation_id="wallet_statement_csv",
        parameters=[StatementQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR, **_ERRORS},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the movements from `from` to `to`, oldest first, with running balance."""
        return self.answer(request)

    def render(self, statement: Statement, user: User) -> bytes:
        stamp = find_stamp(environment_name())
        return render_csv(statement, language=get_language(), stamp=stamp)


class StatementPdfView(_StatementView):
    """The statement as PDF."""

    ending = "pdf"
    content_type = "application/pdf"

    @extend_schema(
        operation_id="wallet_statement_pdf",
        parameters=[StatementQuery],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, **_ERRORS},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the movements from `from` to `to` as pages, with running balance."""
        return self.answer(request)

    def render(self, statement: Statement, user: User) -> bytes:
        verified_name = selectors.find_verified_name(user)
        _give_back_connection()
        letterhead = Letterhead(
            name=verified_name or user.full_name,
            is_verified=verified_name is not None,
            masked_phone_number=show_masked_number(user.phone_number),
            made_at=clock.now(),
            language=get_language(),
            stamp=find_stamp(environment_name()),
        )
        return render_pdf(statement, letterhead)

"""The shape of an error that a customer's browser reports."""

from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers

from common.fields import TextField

#: The kinds of error: in a script, in a promise that was not awaited, in a view of the page.
KINDS = ("error", "rejection", "render")


class PageErrorSerializer(serializers.Serializer[Any]):
    """What happened in the browser, and on which page. Who it happened to is not asked."""

    kind = serializers.ChoiceField(choices=KINDS)
    message = TextField(max_length=300)
    where = TextField(
        max_length=200,
        validators=[RegexValidator(r"^/[A-Za-z0-9/._~#-]*$", "A path without a query.")],
        help_text="The page's path, `#` in place of ids; no query.",
    )
    stack = TextField(max_length=2000, required=False, help_text="Frames, one a line.")

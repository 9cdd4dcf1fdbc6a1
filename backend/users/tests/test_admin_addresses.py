"""Addresses and forms of the admin with arbitrary input: 400 or an answer, never a 5xx."""

from urllib.parse import quote

import pytest
from django.contrib import admin
from django.test import Client

from users.models import User
from users.tests.conftest import signed_in

pytestmark = pytest.mark.django_db

#: Lookups, each with a value that the database, Django or Python cannot read as it stands.
_UNREADABLE = [
    ("", "a\x00b"), ("__exact", "9" * 30), ("__gte", "NaN"), ("__in", "abc,\x00"),
    ("__isnull", "perhaps"), ("__regex", "("), ("__year", "9" * 12), ("__range", "a"),
    ("__contained_by", "{"), ("__contains", "{"), ("__foo", "1"), ("__lt", "0001-99-99"),
    ("__date", "9999-12-31"), ("__iso_year", "0"),
]  # fmt: skip
_PLAIN = ("q", "p", "o", "e", "all", "_facets", "_to_field", "_popup", "unknown", "pk")
_PAGES = [
    f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry
]


@pytest.fixture
def client(operator: User) -> Client:
    """Sign in an operator in a client that does not raise what the server would answer as 500."""
    client = signed_in(operator)
    client.raise_request_exception = False
    return client


def test_there_is_something_to_try() -> None:
    assert len(_PAGES) > 15


@pytest.mark.parametrize("page", _PAGES)
def test_no_filter_of_a_list_is_a_5xx(client: Client, page: str) -> None:
    [model] = [
        model
        for model in admin.site._registry
        if page == f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    ]
    # One field of each class of fields, and those that the page filters by: others answer the same.
    of_each_class = {type(field): field.name for field in model._meta.get_fields()}
    filtered = map(str, admin.site._registry[model].list_filter)

    for name in {*_PLAIN, *of_each_class.values(), *filtered}:
        for lookup, value in _UNREADABLE:
            response = client.get(f"{page}?{quote(name + lookup)}={quote(value)}")
            assert response.status_code < 500, (name + lookup, value)
            if "\x00" in value:
                assert response.status_code == 400


@pytest.mark.parametrize("page", _PAGES)
@pytest.mark.parametrize("key", ["%00", "%ff", "9" * 40, "-1", "_5F", "a/b", "%ED%A0%80"])
def test_no_id_in_a_path_is_a_5xx(client: Client, page: str, key: str) -> None:
    for end in ("change/", "history/", "delete/", ""):
        assert client.get(f"{page}{key}/{end}").status_code < 500


@pytest.mark.parametrize("page", _PAGES)
@pytest.mark.parametrize("value", ["a\x00b", "9" * 40, "abc", "\ud800"])
def test_no_row_that_a_form_names_is_a_5xx(client: Client, page: str, value: str) -> None:
    body = f"action=delete_selected&_selected_action={quote(value, errors='surrogatepass')}"
    for action in ("", "resolve", "verify", "retry", "approve", "end"):
        form = body.replace("delete_selected", action) if action else body
        sent = client.post(page, form, "application/x-www-form-urlencoded")
        assert sent.status_code < 500


def test_a_nul_is_no_matter_of_the_session() -> None:
    for path in ("/admin/?next=%00", "/admin/login/?next=%00", "/%00", "/api/%00/"):
        assert Client().get(path).status_code == 400

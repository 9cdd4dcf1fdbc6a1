"""The doctor on the database's SQL functions and guards."""

import pytest
from django.db import connection

from common.models import SqlFunction
from operations.doctor.functions import check_functions

pytestmark = pytest.mark.django_db


def look() -> list[tuple[str, str, str]]:
    return [(result.check, result.level.value, result.says) for result in check_functions()]


def test_functions_as_in_the_files_are_no_problem() -> None:
    assert look() == [("functions", "ok", "functions and guards are this code's")]


def test_a_file_that_migrate_has_not_installed_is_a_problem() -> None:
    file = "payments/sql/functions/deposit.sql"
    SqlFunction.objects.filter(file=file).update(file_sha256="another")

    assert look() == [("functions", "problem", f"{file} has changed since it was installed")]


def test_functions_of_a_newer_release_are_a_warning() -> None:
    SqlFunction.objects.update(file_sha256="another", release="99.0.0")

    assert look() == [("functions", "warning", "the database has those of a newer release")]


def test_a_function_that_no_file_makes_is_a_warning() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE FUNCTION gift() RETURNS int LANGUAGE sql AS 'SELECT 1'")

    assert ("functions.leftover", "warning", "1 in no file, first gift()") in look()


def test_a_change_by_hand_is_a_problem_even_if_a_newer_release_is_installed() -> None:
    SqlFunction.objects.update(release="99.0.0")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE users_user DISABLE TRIGGER kyc_user_agrees")

    assert (
        "functions", "problem", "guard kyc_user_agrees of users_user is switched off"
    ) in look()  # fmt: skip

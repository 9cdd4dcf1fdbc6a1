"""The users app: accounts, sign-in and the operators' second factor."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.http import HttpRequest

from common import catalogue
from common.guard_register import register_guard

#: Django's tables whose rows are rights; triggers store their changes in users_rightshistory.
RIGHTS_TABLES = (
    "auth_group",
    "auth_group_permissions",
    "users_user_groups",
    "users_user_user_permissions",
)


def _renew_session_key(request: HttpRequest, **_: object) -> None:
    """Give the session a new key at every sign-in, even if its user was signed in already.

    In that case Django keeps the key. A thief who stole or planted the key before would gain the
    rights of the new sign-in with it: after a second factor, those of the admin.
    """
    request.session.cycle_key()


class UsersConfig(AppConfig):
    name = "users"

    def ready(self) -> None:
        # drf-spectacular knows our authentication schemes only once this module is imported.
        import_module("users.schema")
        user_logged_in.connect(_renew_session_key)
        from users import errors, operator_groups, session_account

        post_migrate.connect(operator_groups.seed, sender=self)
        user_logged_in.connect(session_account.name_new_account)

        catalogue.register(statuses=errors.STATUS_BY_CODE, field_messages=errors.FIELD_MESSAGES)
        # These guards are on pghistory's table, so no model of ours declares them.
        for guard in ("kept", "unchanged", "no_truncate"):
            register_guard("pghistory_context", f"pghistory_context_{guard}")
        # And these are on Django's own tables.
        for table in RIGHTS_TABLES:
            register_guard(table, "users_rights_written")
            register_guard(table, "users_rights_no_truncate")
        for table in (*RIGHTS_TABLES[1:], "users_user"):
            register_guard(table, "users_rights_take_two")
            register_guard(table, "users_rights_exclude")
        for name in (
            "rights_take_two_at_once",
            "password_takes_two",
            "password_takes_two_at_once",
            "switching_on_takes_two",
        ):
            register_guard("users_user", f"users_{name}")
        register_guard("django_admin_log", "pgtrigger_append_only_admin_log")
        register_guard("django_admin_log", "users_log_no_truncate")

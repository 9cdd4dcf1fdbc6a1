"""The kyc app: verifies a customer's identity, which deposits require."""

from django.apps import AppConfig

from common import catalogue
from common.guard_register import register_guard


class KycConfig(AppConfig):
    name = "kyc"
    verbose_name = "KYC"

    def ready(self) -> None:
        from kyc import errors

        catalogue.register(statuses=errors.STATUS_BY_CODE, field_messages=errors.FIELD_MESSAGES)
        # These guards are on the table of the users app, so no model of this app declares them.
        register_guard("users_user", "kyc_user_agrees")
        register_guard("users_user", "kyc_submission_needed")

"""The kyc app: who a customer is, proven by a document, before money may come in."""

from django.apps import AppConfig

from common import catalogue
from common.guard_register import register_guard


class KycConfig(AppConfig):
    name = "kyc"
    verbose_name = "KYC"

    def ready(self) -> None:
        from kyc import errors

        catalogue.register(statuses=errors.STATUS_BY_CODE, field_messages=errors.FIELD_MESSAGES)
        # It stands on another app's table, so no model declares it.
        register_guard("users_user", "kyc_user_agrees")

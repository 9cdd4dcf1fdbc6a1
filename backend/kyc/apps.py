"""The kyc app: who a customer is, proven by a document, before money may come in."""

from django.apps import AppConfig

from common.guard_register import register_guard


class KycConfig(AppConfig):
    name = "kyc"
    verbose_name = "KYC"

    def ready(self) -> None:
        """Have the guard looked after that stands on another app's table."""
        register_guard("users_user", "kyc_user_agrees")

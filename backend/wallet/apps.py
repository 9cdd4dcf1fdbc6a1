"""The wallet app: the double-entry ledger, balances and statements."""

from django.apps import AppConfig

from common import catalogue


class WalletConfig(AppConfig):
    name = "wallet"

    def ready(self) -> None:
        catalogue.register(statuses={"statement_too_long": 400})

"""The wallet app."""

from django.apps import AppConfig


class WalletConfig(AppConfig):
    """Names the app."""

    name = "wallet"

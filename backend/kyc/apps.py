"""The kyc app: who a customer is, proven by a document, before money may come in."""

from django.apps import AppConfig


class KycConfig(AppConfig):
    """Names the app."""

    name = "kyc"
    verbose_name = "KYC"

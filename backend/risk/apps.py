"""The risk app: what may refuse a deposit that the customer could pay."""

from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "risk"

"""Rates of requests. Limits on amounts are checked in the database (deposit.sql)."""

from django.http import HttpRequest
from rest_framework.request import Request

from common.proxies import provider_network
from common.throttles import RateThrottle


class PushPerUser(RateThrottle):
    group = "stk-push-user"
    rate_setting = "STK_PUSH_RATE_USER"
    key = "user"


class PushPerPhone(RateThrottle):
    """Pushes to one phone from all accounts together: the number may have changed accounts."""

    group = "stk-push-phone"
    rate_setting = "STK_PUSH_RATE_PHONE"
    key = "phone"


class PushPerAddress(RateThrottle):
    group = "stk-push-ip"
    rate_setting = "STK_PUSH_RATE_IP"
    key = "ip"


class PinEnteredPerUser(RateThrottle):
    """Customers' reports that they entered their PIN."""

    group = "pin-entered-user"
    rate_setting = "PIN_ENTERED_RATE_USER"
    key = "user"


class ClaimPerUser(RateThrottle):
    """Texts in which a customer names a payment, those without a receipt included."""

    group = "claim-user"
    rate_setting = "CLAIM_RATE_USER"
    key = "user"


class UnknownCallbackPerAddress(RateThrottle):
    """Strangers' callbacks from one network address. The callback view counts them."""

    group = "callback-ip"
    rate_setting = "CALLBACK_RATE_IP"
    key = "ip"


class UnknownCallbackPerNetwork(RateThrottle):
    """Strangers' callbacks from one customer of a provider, who may have 65,536 IPv6 networks.

    It bounds what one of them can store in a day.
    """

    group = "callback-network"
    rate_setting = "CALLBACK_RATE_NETWORK"

    def _counted(self, group: str, request: HttpRequest | Request) -> str:
        return f"network:{provider_network(request)}"

"""Rates of requests. Limits on amounts are checked in the database (deposit.sql)."""

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


class UnknownCallbackPerAddress(RateThrottle):
    """Strangers' callbacks from one network address. The callback view counts them."""

    group = "callback-ip"
    rate_setting = "CALLBACK_RATE_IP"
    key = "ip"

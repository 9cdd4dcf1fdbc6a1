"""Rates of requests. Money limits are not here: the database holds them (deposit.sql)."""

from common.throttles import RateThrottle


class PushPerUser(RateThrottle):
    """Pushes by one user."""

    group = "stk-push-user"
    rate_setting = "STK_PUSH_RATE_USER"
    key = "user"


class PushPerPhone(RateThrottle):
    """Pushes to one phone, of all accounts together: a number may have changed hands."""

    group = "stk-push-phone"
    rate_setting = "STK_PUSH_RATE_PHONE"
    key = "phone"


class PushPerAddress(RateThrottle):
    """Pushes from one address."""

    group = "stk-push-ip"
    rate_setting = "STK_PUSH_RATE_IP"
    key = "ip"


class UnknownCallbackPerAddress(RateThrottle):
    """Callbacks whose token is not ours, from one address. The view counts them."""

    group = "callback-ip"
    rate_setting = "CALLBACK_RATE_IP"
    key = "ip"

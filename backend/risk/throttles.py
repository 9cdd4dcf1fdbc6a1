"""How often a customer may change their own limits: each change is kept for ever."""

from common.throttles import RateThrottle


class OwnLimitsPerUser(RateThrottle):
    """Changes of caps, and pauses."""

    group = "own-limits"
    rate_setting = "OWN_LIMITS_RATE_USER"
    key = "user"

"""The rate limit of changes to own limits, since the history stores each change for ever."""

from common.throttles import RateThrottle


class OwnLimitsPerUser(RateThrottle):
    """Changes of caps, and pauses, per customer."""

    group = "own-limits"
    rate_setting = "OWN_LIMITS_RATE_USER"
    key = "user"

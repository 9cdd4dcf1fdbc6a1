"""Rates of requests for what costs work."""

from common.throttles import RateThrottle


class StatementPerUser(RateThrottle):
    """Statements made for one user, in either form."""

    group = "statement-user"
    rate_setting = "STATEMENT_RATE_USER"
    key = "user"

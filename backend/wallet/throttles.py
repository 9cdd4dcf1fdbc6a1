"""The rate limit of statements, which are costly to make."""

from common.throttles import RateThrottle


class StatementPerUser(RateThrottle):
    """Statements of one customer, CSV and PDF together."""

    group = "statement-user"
    rate_setting = "STATEMENT_RATE_USER"
    key = "user"

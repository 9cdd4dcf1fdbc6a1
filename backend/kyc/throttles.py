"""The rate limit of KYC submissions, so that ID numbers cannot be found by trying."""

from common.throttles import RateThrottle


class SubmissionPerUser(RateThrottle):
    """Submissions of one customer, invalid ones included."""

    group = "kyc-user"
    rate_setting = "KYC_RATE_USER"
    key = "user"

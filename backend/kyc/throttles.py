"""How often a customer may hand in details: an ID number must not be found by trying."""

from common.throttles import RateThrottle


class SubmissionPerUser(RateThrottle):
    """Submissions of one customer, faulty ones too."""

    group = "kyc-user"
    rate_setting = "KYC_RATE_USER"
    key = "user"

"""The rate at which a network address may report errors of the page."""

from common.throttles import RateThrottle


class PageErrorsPerAddress(RateThrottle):
    group = "page-errors-ip"
    rate_setting = "PAGE_ERROR_RATE_IP"

"""How often an address may report what went wrong in its browser."""

from common.throttles import RateThrottle


class PageErrorsPerAddress(RateThrottle):
    """Errors of the page from one address."""

    group = "page-errors-ip"
    rate_setting = "PAGE_ERROR_RATE_IP"

"""What M-Pesa charges a business, in whole KES, by the amount of the payment."""

from bisect import bisect_left

# The upper ends of the bands, with the charge of each. Real tariffs differ by contract: these are
# "M-PESA B2C payments" of August 2023, and a paybill whose business pays ("Business bouquet").
_PAYOUT = ((100, 0), (1_500, 5), (5_000, 9), (20_000, 11), (250_000, 13))
_PAYBILL = (
    (100, 0),
    (500, 5),
    (1_000, 10),
    (1_500, 15),
    (2_500, 20),
    (3_500, 25),
    (5_000, 34),
    (7_500, 42),
    (10_000, 48),
    (15_000, 57),
    (20_000, 62),
    (25_000, 67),
    (30_000, 72),
    (35_000, 83),
    (40_000, 99),
    (45_000, 103),
    (250_000, 108),
)


def payment_charge(amount: int) -> int:
    """Return what the business pays for receiving this amount."""
    return _charge(_PAYBILL, amount)


def payout_charge(amount: int) -> int:
    """Return what the business pays for sending this amount to a customer."""
    return _charge(_PAYOUT, amount)


def _charge(bands: tuple[tuple[int, int], ...], amount: int) -> int:
    place = bisect_left(bands, (amount,))
    return bands[min(place, len(bands) - 1)][1]

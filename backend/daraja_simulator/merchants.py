"""The businesses that may send STK pushes: one paybill and one till."""

from dataclasses import dataclass

from .settings import Settings

PAYBILL = "CustomerPayBillOnline"
TILL = "CustomerBuyGoodsOnline"


@dataclass(frozen=True)
class Merchant:
    """A business: it authenticates with `shortcode`, and `party_b` receives the money."""

    shortcode: str
    passkey: str
    name: str
    party_b: str
    transaction_type: str

    @property
    def is_till(self) -> bool:
        """Whether it is a till (buy goods), whose payers type no account number."""
        return self.transaction_type == TILL

    def misfit(self, transaction_type: str, party_b: str) -> str | None:
        """Return the result code of a push that confuses paybill and till (docs/daraja.md §2, §6);
        None if its values fit this business.
        """
        if transaction_type != self.transaction_type:
            return "2028"
        if party_b != self.party_b:
            return "SFC_IC0003"
        return None


def merchants_of(settings: Settings) -> dict[str, Merchant]:
    """Return the businesses of this run, by the shortcode with which they authenticate.

    A till authenticates with its store number; its till number is only PartyB (docs/daraja.md §2).
    """
    paybill = Merchant(
        settings.shortcode, settings.passkey, settings.merchant_name, settings.shortcode, PAYBILL
    )
    till = Merchant(
        settings.store_number, settings.passkey, settings.merchant_name, settings.till_number, TILL
    )
    return {till.shortcode: till, paybill.shortcode: paybill}

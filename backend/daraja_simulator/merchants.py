"""The businesses that may ask for money: one paybill and one till."""

from dataclasses import dataclass

from .settings import Settings

PAYBILL = "CustomerPayBillOnline"
TILL = "CustomerBuyGoodsOnline"


@dataclass(frozen=True)
class Merchant:
    """A business: its shortcode signs in, its party_b receives the money."""

    shortcode: str
    passkey: str
    name: str
    party_b: str
    transaction_type: str

    def misfit(self, transaction_type: str, party_b: str) -> str | None:
        """The result code of a request that mixes paybill and till up (docs/daraja.md §2, §6)."""
        if transaction_type != self.transaction_type:
            return "2028"
        if party_b != self.party_b:
            return "SFC_IC0003"
        return None


def merchants_of(settings: Settings) -> dict[str, Merchant]:
    """The businesses of this run by the shortcode they sign in with.

    A till signs in with its store number; the till number is only PartyB (docs/daraja.md §2).
    """
    paybill = Merchant(
        settings.shortcode, settings.passkey, settings.merchant_name, settings.shortcode, PAYBILL
    )
    till = Merchant(
        settings.store_number, settings.passkey, settings.merchant_name, settings.till_number, TILL
    )
    return {till.shortcode: till, paybill.shortcode: paybill}

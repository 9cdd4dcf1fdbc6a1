"""Endpoints of Daraja that the simulator does not have, in words."""

import difflib
from collections.abc import Iterable

# Beginnings of paths, and the API each belongs to.
_KNOWN = {
    "/mpesa/b2b/": "B2B (business to business)",
    "/mpesa/b2pochi/": "B2Pochi",
    "/mpesa/b2cvalidate/": "ID-validated B2C",
    "/mpesa/b2c/hakikisha/": "B2C Hakikisha",
    "/sfcverify/": "B2B Hakikisha",
    "/standingorder/": "M-PESA Ratiba",
    "/v1/billmanager-invoice/": "Bill Manager",
    "/v1/KYC-validation/": "mobile number validation",
    "/imsi/": "SIM swap",
    "/registration/lookup/": "network age",
    "/v1/lipa/na/bonga/": "Lipa na Bonga",
    "/mpesa/b2b/v1/remittax": "tax remittance",
}


def sentence(path: str, routes: Iterable[tuple[str, str, object]]) -> str:
    """Return the error message for a path without an endpoint."""
    known = [name for start, name in _KNOWN.items() if path.startswith(start)]
    if known:
        return f"Resource not found. Daraja has {known[-1]}, this simulator does not"
    near = difflib.get_close_matches(path, [route[0] for route in routes], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"Resource not found. This simulator has no {path[:200]}{hint}"

"""Daraja, Safaricom's protocol, without I/O: bytes to values and back, one file per product.

`oauth` is the access token, `stk` the prompt (requests and their replies), `callbacks` what M-Pesa
posts about it, `result_codes` how prompts end; `replies` and `json_reader` are shared by them.
Daraja's own CamelCase stops here. No Django, no DRF, no HTTP (facts: docs/daraja.md).
"""

#: MPESA_ENVIRONMENT picks one. Keys, short code and passkey differ between them.
HOSTS = {
    "sandbox": "https://sandbox.safaricom.co.ke",
    "production": "https://api.safaricom.co.ke",
}

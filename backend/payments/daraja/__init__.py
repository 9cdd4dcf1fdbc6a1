"""Daraja's messages without I/O: builds requests and parses replies (docs/daraja.md).

`oauth` is the access token, `stk` push and status query, `callbacks` M-Pesa's reports,
`result_codes` the meaning of outcomes, `receipts` M-Pesa's receipt numbers; `replies` and
`json_reader` are shared by these. Daraja's CamelCase names occur in this package only. No Django,
no DRF, no HTTP.
"""

#: Base address by MPESA_ENVIRONMENT. Each environment has its own keys, short code and passkey.
HOSTS = {
    "sandbox": "https://sandbox.safaricom.co.ke",
    "production": "https://api.safaricom.co.ke",
}

#: Safaricom's public test paybill and its passkey, as published in the Daraja portal.
TEST_SHORT_CODE = "174379"
# pragma: allowlist nextline secret
TEST_PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"

"""Hypothesis strategies for unusual headers and callbacks, beyond the API schema's own cases."""

from typing import Any

from hypothesis import strategies as st

_VISIBLE = st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"])
_VALUE = st.text(_VISIBLE, max_size=40).map(str.strip)
_HEADERS: dict[str, st.SearchStrategy[str]] = {
    "Accept": st.sampled_from(
        ["*/*", "application/json", "text/html", "application/xml", "text/csv", "a/b;q=2", ""]
    ),
    "Accept-Language": st.sampled_from(["sw", "en", "sw-KE,en;q=0.1", "xx", "*", ";", "sw;q=x"]),
    "Idempotency-Key": st.one_of(st.sampled_from(["a", "b", "c"]), _VALUE),
    "X-Forwarded-For": st.one_of(st.sampled_from(["1.2.3.4", "::1, x", ",,,", "[::"]), _VALUE),
    "X-Forwarded-Proto": st.sampled_from(["http", "https", "ftp", ""]),
    "X-Request-ID": _VALUE,
    "X-User-Phone-Number": st.sampled_from(["254712345678", "0712345678", "x", ""]),
    "Origin": st.sampled_from(["https://evil.example", "null", "http://localhost"]),
    "Cookie": st.sampled_from(["sessionid=x", "csrftoken=", "a=b; a=c; =;", "sessionid"]),
    "Range": st.just("bytes=0-1"),
    "If-None-Match": st.just('"x"'),
}


def headers() -> st.SearchStrategy[dict[str, str]]:
    """Return a few headers; some make no sense."""
    names = st.lists(st.sampled_from(sorted(_HEADERS)), unique=True, max_size=4)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({n: _HEADERS[n] for n in chosen}))


_SCALAR = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["0", "1032", "1e400", "500.00", "\x00", "NLJ7RT61SV", 1e308, 10**40]),
)  # fmt: skip
_NAMES = ["Amount", "MpesaReceiptNumber", "TransactionDate", "PhoneNumber", "Balance", "x"]
_ITEM = st.one_of(
    _SCALAR, st.fixed_dictionaries({"Name": st.sampled_from(_NAMES)}, optional={"Value": _SCALAR})
)


def callbacks(checkout_request_id: str) -> st.SearchStrategy[Any]:
    """Return bodies near to what M-Pesa sends: some of them are payments."""
    paid = [
        {"Name": "Amount", "Value": 500}, {"Name": "MpesaReceiptNumber", "Value": "NLJ7RT61SV"},
    ]  # fmt: skip
    callback = st.fixed_dictionaries(
        {
            "CheckoutRequestID": st.one_of(st.just(checkout_request_id), _SCALAR),
            "ResultCode": st.one_of(st.sampled_from([0, "0", 1032, "SFC_IC0003"]), _SCALAR),
        },
        optional={
            "MerchantRequestID": _SCALAR,
            "ResultDesc": _SCALAR,
            "CallbackMetadata": st.one_of(
                _SCALAR,
                st.fixed_dictionaries({"Item": st.one_of(st.just(paid), st.lists(_ITEM))}),
            ),
        },
    )
    return st.fixed_dictionaries({"Body": st.fixed_dictionaries({"stkCallback": callback})})

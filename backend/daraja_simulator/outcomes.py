"""How a prompt can end: result codes, their texts, and the amounts that choose a result."""

# Texts as Safaricom sends them. They vary, so no code may depend on them (docs/daraja.md §4, §6).
RESULT_TEXTS = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule: less than the minimum transaction amount.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    "4": "Declined due to limit rule: would exceed daily transfer limit.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    "17": "Rule limited.",
    "26": "System busy. Traffic blocking condition in place.",
    "1001": "Unable to lock subscriber, a transaction is already in process "
    "for the current subscriber",
    "1019": "Transaction has expired",
    "1025": "An error occurred while sending a push request",
    "1031": "Request cancelled by user",
    "1032": "Request cancelled by user",
    "1036": "SMSC ACK timeout.",
    "1037": "DS timeout user cannot be reached",
    "1101": "The prompt prefix is too long",
    "2001": "The initiator information is invalid.",
    "2028": "The request is not permitted according to product assignment",
    "8006": "The security credential is locked.",
    "9999": "Request cancelled by user",
    "SFC_IC0003": "The operator does not exist.",
    "E3008": "user has a bad debt contract",
}

NEVER_ANSWERS = "4999"
BUSY = "1001"

# Amounts that choose the outcome in automatic mode, with their result codes (docs/api.md §6).
MAGIC_AMOUNTS = {
    1032: "1032",
    1037: "1037",
    2001: "2001",
    1111: "1",
    1019: "1019",
    1025: "1025",
    9999: "9999",
    8006: "8006",
    1001: BUSY,
    4999: NEVER_ANSWERS,
}


def result_text(code: str) -> str:
    """Return the text of a result code, or a general text for a code that is not listed."""
    return RESULT_TEXTS.get(code, "The service request failed.")


def wire_code(code: str) -> int | str:
    """Return the result code as a number, as Safaricom sends it; codes with letters stay text
    (docs/daraja.md §4).
    """
    return int(code) if code.isdigit() else code

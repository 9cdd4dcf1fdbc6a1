"""The catalogue of STK result codes: meaning, sentence for the customer, whether a retry helps.

Pure. Codes are text, because `SFC_IC0003` is one; the entries follow the rows of docs/daraja.md §6.
Code must branch on the result code, never on M-Pesa's text, which changes. Each sentence says what
happened, whether money moved, and what to do now; the Swahili keeps M-Pesa, PIN and SMS as they
are. A sentence says that no money was taken only where the API's `money` is `not_moved`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from common.messages import Message
from payments.gateway import STILL_PROCESSING, SUCCESS

SUBSCRIBER_BUSY = "1001"
#: Failures that the payer causes: no funds, cancelled (two codes), wrong PIN, PIN locked.
PAYERS_DOING = ("1", "1031", "1032", "2001", "8006")
#: Failures that a later status query may contradict (docs/daraja.md §5): one more query follows.
UNCERTAIN_FAILURES = ("1019", "1037", "9999")
#: Declined prompts (cancelled, wrong PIN), which lengthen a phone's wait for its next prompt.
#: Fewer than PAYERS_DOING: no funds or a locked PIN is no sign of a phone being sent unwanted
#: prompts.
DECLINED = ("1031", "1032", "2001")
#: Unanswered prompts; two of them count as one declined prompt.
UNANSWERED = ("1019", "1036", "1037")
#: Another request was open on the phone: as a result code, and as our code of a rejected push.
BUSY_PHONE = (SUBSCRIBER_BUSY, "subscriber_busy")
#: The same amount was requested from the same phone too soon after the last request.
SAME_AMOUNT = "17"


@dataclass(frozen=True, kw_only=True)
class ResultCode:
    """What one code means.

    `may_retry`: a new push may succeed, after `retry_after_s` where M-Pesa has a rule for it.
    `alert_ops`: operators have to remove the cause. `is_final_failure`: the code is listed as a
    failure. An unlisted code fails a deposit where a callback reports it; where a status query
    does, the outcome stays unknown.
    """

    code: str
    title: str
    message: Message
    may_retry: bool = True
    retry_after_s: int | None = None
    alert_ops: bool = False
    is_final_failure: bool = True


def _alert(code: str, title: str, message: Message) -> ResultCode:
    """Return an entry for a failure whose cause only operators can remove."""
    return ResultCode(code=code, title=title, message=message, may_retry=False, alert_ops=True)


_NOT_STARTED = Message(
    en="The payment could not be started. No money was taken. Please contact support.",
    sw="Malipo hayakuweza kuanzishwa. Hakuna pesa iliyokatwa. Tafadhali wasiliana nasi.",
)
_UNAVAILABLE = Message(
    en="M-PESA payments are not available right now. No money was taken. Try again later.",
    sw="Malipo ya M-PESA hayapatikani kwa sasa. Hakuna pesa iliyokatwa. Jaribu tena baadaye.",
)
_DECLINED = Message(
    en="M-PESA declined the payment. No money was taken. You can try again once.",
    sw="M-PESA imekataa malipo haya. Hakuna pesa iliyokatwa. Unaweza kujaribu tena mara moja.",
)

_OUTCOMES = (
    ResultCode(
        code=SUCCESS,
        title="Paid",
        message=Message(en="Payment received.", sw="Malipo yamepokelewa."),
        may_retry=False,
        is_final_failure=False,
    ),
    # Only a status query reports this code. Businesses that took it for a failure lost payments
    # (docs/daraja.md §5).
    ResultCode(
        code=STILL_PROCESSING,
        title="Still being processed",
        message=Message(
            en="Waiting for you to enter your M-PESA PIN. Money moves only when you enter it. "
            "Check your phone, and do not pay again.",
            sw="Tunasubiri uweke PIN yako ya M-PESA. Pesa inatoka tu ukiweka PIN. "
            "Angalia simu yako, na usilipe tena.",
        ),
        may_retry=False,
        is_final_failure=False,
    ),
)

_CUSTOMER_FAILURES = (
    ResultCode(
        code="1",
        title="Not enough money in M-Pesa",
        message=Message(
            en="Your M-PESA balance is not enough. No money was taken. "
            "Top up or choose a smaller amount.",
            sw="Huna pesa za kutosha kwenye M-PESA. Hakuna pesa iliyokatwa. "
            "Ongeza pesa au chagua kiasi kidogo zaidi.",
        ),
    ),
    ResultCode(
        code="2",
        title="Below M-Pesa's minimum",
        message=Message(
            en="The amount is below the M-PESA minimum. No money was taken. Choose a larger one.",
            sw="Kiasi hiki hakifiki kiwango cha chini cha M-PESA. Hakuna pesa iliyokatwa. "
            "Chagua kiasi kikubwa zaidi.",
        ),
    ),
    ResultCode(
        code="3",
        title="Above M-Pesa's limit per transaction",
        message=Message(
            en="The amount is above M-PESA's limit for one payment. No money was taken. "
            "Choose a smaller one.",
            sw="Kiasi hiki kinazidi kikomo cha M-PESA kwa muamala mmoja. Hakuna pesa iliyokatwa. "
            "Chagua kiasi kidogo zaidi.",
        ),
    ),
    ResultCode(
        code="4",
        title="Customer's daily M-Pesa limit reached",
        message=Message(
            en="You have reached your M-PESA limit for today. No money was taken. Try tomorrow.",
            sw="Umefikia kikomo chako cha M-PESA cha leo. Hakuna pesa iliyokatwa. Jaribu kesho.",
        ),
    ),
    ResultCode(
        code="17",
        title="Same amount again within two minutes",
        message=Message(
            en="M-PESA does not take the same amount twice within two minutes. "
            "No money was taken for this request. Wait two minutes, then try again.",
            sw="M-PESA haikubali kiasi kilekile mara mbili ndani ya dakika mbili. "
            "Hakuna pesa iliyokatwa kwa ombi hili. Subiri dakika mbili, jaribu tena.",
        ),
        retry_after_s=120,
    ),
    ResultCode(
        code=SUBSCRIBER_BUSY,
        title="Another M-Pesa request is open on this phone",
        message=Message(
            en="Another M-PESA request is open on your phone. No money was taken for this one. "
            "Finish the other, wait a minute, then try again.",
            sw="Ombi lingine la M-PESA liko kwenye simu yako. Hakuna pesa iliyokatwa kwa hili. "
            "Limalize lile, subiri dakika moja, kisha jaribu tena.",
        ),
        retry_after_s=60,
    ),
    ResultCode(
        code="1019",
        title="Request expired",
        message=Message(
            en="The M-PESA request expired. If money was taken, we will add it automatically. "
            "Check your M-PESA messages before you try again.",
            sw="Muda wa ombi la M-PESA umekwisha. Ikiwa pesa ilikatwa, itaongezwa yenyewe. "
            "Angalia SMS za M-PESA kabla ya kujaribu tena.",
        ),
    ),
    ResultCode(
        code="1031",
        title="Cancelled by the customer (older code)",
        message=Message(
            en="You cancelled the request. No money was taken. Try again when you are ready.",
            sw="Umeghairi ombi. Hakuna pesa iliyokatwa. Jaribu tena ukiwa tayari.",
        ),
    ),
    ResultCode(
        code="1032",
        title="Cancelled by the customer, or the prompt timed out",
        message=Message(
            en="The request was cancelled or timed out. No money was taken. "
            "Try again when you are ready.",
            sw="Ombi lilighairiwa au muda wake ulikwisha. Hakuna pesa iliyokatwa. "
            "Jaribu tena ukiwa tayari.",
        ),
    ),
    ResultCode(
        code="1036",
        title="No answer from the phone (older code)",
        message=Message(
            en="We got no answer from your phone. No money was taken. You can try again.",
            sw="Hatukupata jibu kutoka kwa simu yako. Hakuna pesa iliyokatwa. "
            "Unaweza kujaribu tena.",
        ),
    ),
    ResultCode(
        code="1037",
        title="Phone could not be reached, or nobody answered",
        message=Message(
            en="We could not reach your phone. If money was taken, we will add it automatically. "
            "Check your M-PESA messages before you try again.",
            sw="Hatukuweza kuipata simu yako. Ikiwa pesa ilikatwa, itaongezwa yenyewe. "
            "Angalia SMS za M-PESA kabla ya kujaribu tena.",
        ),
    ),
    ResultCode(
        code="2001",
        title="Wrong M-Pesa PIN",
        message=Message(
            en="The M-PESA PIN was wrong. No money was taken. Try again with the right PIN.",
            sw="PIN ya M-PESA si sahihi. Hakuna pesa iliyokatwa. Jaribu tena kwa PIN sahihi.",
        ),
    ),
    ResultCode(code="2006", title="Declined by a rule of the account", message=_DECLINED),
    ResultCode(code="2026", title="M-Pesa session expired", message=_DECLINED),
    ResultCode(
        code="8006",
        title="Customer's M-Pesa PIN is locked",
        message=Message(
            en="Your M-PESA PIN is locked. No money was taken. "
            "Call Safaricom on 100 or 200, then try again.",
            sw="PIN yako ya M-PESA imefungwa. Hakuna pesa iliyokatwa. "
            "Piga simu Safaricom kwa 100 au 200, kisha jaribu tena.",
        ),
    ),
    ResultCode(
        code="E3008",
        title="Declined: the customer has a bad debt contract",
        message=Message(
            en="M-PESA declined the payment. No money was taken. "
            "Call Safaricom on 100 to ask for the reason.",
            sw="M-PESA imekataa malipo haya. Hakuna pesa iliyokatwa. "
            "Piga simu Safaricom kwa 100 kuuliza sababu.",
        ),
        may_retry=False,
    ),
)

_PROVIDER_FAILURES = (
    ResultCode(
        code="8",
        title="Our account would exceed its maximum balance",
        message=Message(
            en="We cannot receive this payment right now. No money was taken. Try again later.",
            sw="Hatuwezi kupokea malipo haya kwa sasa. Hakuna pesa iliyokatwa. "
            "Jaribu tena baadaye.",
        ),
        alert_ops=True,
    ),
    ResultCode(
        code="26",
        title="M-Pesa is busy",
        message=Message(
            en="M-PESA is busy. No money was taken. Try again in a minute.",
            sw="M-PESA ina shughuli nyingi kwa sasa. Hakuna pesa iliyokatwa. "
            "Jaribu tena baada ya dakika moja.",
        ),
        retry_after_s=60,
    ),
    ResultCode(
        code="1025",
        title="Prompt could not be sent",
        message=Message(
            en="The request could not be sent to your phone. No money was taken. Try again.",
            sw="Ombi halikuweza kutumwa kwenye simu yako. Hakuna pesa iliyokatwa. Jaribu tena.",
        ),
        alert_ops=True,
    ),
    ResultCode(
        code="9999",
        title="M-Pesa error",
        message=Message(
            en="Something went wrong at M-PESA. If money was taken, we will add it automatically. "
            "Check your M-PESA messages before you try again.",
            sw="Kumetokea hitilafu kwa M-PESA. Ikiwa pesa ilikatwa, itaongezwa yenyewe. "
            "Angalia SMS za M-PESA kabla ya kujaribu tena.",
        ),
    ),
)

_OUR_FAILURES = (
    _alert("11", "Debit party not in a valid state", _NOT_STARTED),
    _alert("12", "Credit party not in a valid state", _NOT_STARTED),
    _alert("13", "Debit account unresolved", _NOT_STARTED),
    _alert("14", "Credit account unresolved", _NOT_STARTED),
    _alert("15", "Duplicate detected", _NOT_STARTED),
    _alert("20", "Initiator unresolved", _NOT_STARTED),
    _alert("21", "Initiator may not start this transaction", _NOT_STARTED),
    _alert("24", "Mandatory parameter missing", _NOT_STARTED),
    _alert("25", "Bad parameter", _NOT_STARTED),
    _alert("29", "M-Pesa core error", _NOT_STARTED),
    _alert("1101", "Prompt prefix too long", _NOT_STARTED),
    _alert("1102", "Prompt text too long", _NOT_STARTED),
    _alert("2028", "Not permitted: TransactionType or PartyB is wrong", _UNAVAILABLE),
    _alert("SFC_IC0003", "Receiver invalid: PartyB or TransactionType is wrong", _UNAVAILABLE),
)

#: Every listed code. 1050 is missing because no source explains it (docs/daraja.md §6).
LISTED: Mapping[str, ResultCode] = MappingProxyType(
    {
        entry.code: entry
        for entry in (*_OUTCOMES, *_CUSTOMER_FAILURES, *_PROVIDER_FAILURES, *_OUR_FAILURES)
    }
)

_UNLISTED = ResultCode(
    code="",
    title="Not in our catalogue",
    message=Message(
        en="The payment did not go through. If money was taken, we will add it automatically. "
        "Check your M-PESA messages before you try again.",
        sw="Malipo hayakukamilika. Ikiwa pesa ilikatwa, itaongezwa yenyewe. "
        "Angalia SMS za M-PESA kabla ya kujaribu tena.",
    ),
    is_final_failure=False,
)


def describe_result(code: str) -> ResultCode:
    """Return the entry of `code`; for an unlisted code, a general entry with that code."""
    return LISTED.get(code) or replace(_UNLISTED, code=code)

"""The fixed texts that customers read about a rejection; they never read an operator's note."""

from common.messages import Message
from kyc.provider import Mismatch

OTHER = "other"

#: Texts by code. Submissions store the code, so none is ever removed or given another meaning.
REASONS = {
    Mismatch.ID_NOT_FOUND.value: Message(
        en="We could not find this ID number. Check it against your card and send it again.",
        sw="Hatukupata nambari hii ya kitambulisho. Ilinganishe na kadi yako kisha uitume tena.",
    ),
    Mismatch.NAME_MISMATCH.value: Message(
        en="The name is not the one on this ID. Write it as it stands on your card.",
        sw="Jina si lile lililo kwenye kitambulisho. Liandike kama lilivyo kwenye kadi yako.",
    ),
    Mismatch.DATE_OF_BIRTH_MISMATCH.value: Message(
        en="The date of birth is not the one on this ID. Check it and send it again.",
        sw="Tarehe ya kuzaliwa si ile iliyo kwenye kitambulisho. Ikague kisha uitume tena.",
    ),
    "id_in_use": Message(
        en="We could not accept this ID number. Please contact support.",
        sw="Hatukuweza kukubali nambari hii ya kitambulisho. Tafadhali wasiliana na huduma kwa"
        " wateja.",
    ),
    OTHER: Message(
        en="We could not verify your identity with these details. Check them and try again, or"
        " contact support.",
        sw="Hatukuweza kuthibitisha utambulisho wako kwa maelezo haya. Yakague na ujaribu tena, au"
        " wasiliana na huduma kwa wateja.",
    ),
}
WITHDRAWN = Message(
    en="Your verification was withdrawn. Please contact support.",
    sw="Uthibitisho wako umeondolewa. Tafadhali wasiliana na huduma kwa wateja.",
)


def reason_text(code: str) -> Message:
    """Return the text that the customer reads for a stored code."""
    return REASONS.get(code, REASONS[OTHER])

"""An amount is read by the page alone: the API takes whole numbers, and no text in any spelling."""

import json
from pathlib import Path

import pytest

from payments.serializers import StkPushSerializer

_SPELLINGS = json.loads(
    (Path(__file__).resolve().parents[3] / "docs" / "spellings.json").read_text()
)["amount"]
_TEXTS = [text for texts in _SPELLINGS["read"].values() for text in texts] + _SPELLINGS["refused"]


@pytest.mark.parametrize("text", _TEXTS)
def test_no_text_is_read_as_an_amount(text: str) -> None:
    assert not StkPushSerializer(data={"amount": text}).is_valid()


@pytest.mark.parametrize("digits", [digits for digits in _SPELLINGS["read"] if digits])
def test_digits_that_the_page_accepts_are_an_amount_or_outside_the_limits(digits: str) -> None:
    serializer = StkPushSerializer(data={"amount": int(digits)})

    if serializer.is_valid():
        assert serializer.validated_data == {"amount": int(digits)}
    else:
        assert serializer.errors["amount"][0].code == "max_value"

"""The yardstick's calls of Daraja."""

import base64
from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

_TIMEOUT_S = 30


def push(*, phone_number: str, amount: int, reference: str) -> dict[str, Any]:
    """Send one STK push and return Daraja's answer."""
    timestamp = timezone.localtime().strftime("%Y%m%d%H%M%S")
    answer = requests.post(
        f"{settings.MPESA_BASE_URL}/mpesa/stkpush/v1/processrequest",
        json={
            "BusinessShortCode": "174379",
            "Password": base64.b64encode(f"174379bench{timestamp}".encode()).decode(),
            "Timestamp": timestamp,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": amount,
            "PartyA": phone_number,
            "PartyB": "174379",
            "PhoneNumber": phone_number,
            "CallBackURL": settings.MPESA_CALLBACK_URL,
            "AccountReference": reference,
            "TransactionDesc": "Deposit",
        },
        headers={"Authorization": f"Bearer {_token()}"},
        timeout=_TIMEOUT_S,
    )
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _token() -> str:
    if settings.IS_FIRST:
        return _new_token()
    kept: str = cache.get_or_set("token", _new_token, 3000)
    return kept


def _new_token() -> str:
    answer = requests.get(
        f"{settings.MPESA_BASE_URL}/oauth/v1/generate",
        params={"grant_type": "client_credentials"},
        auth=("bench", "bench"),
        timeout=_TIMEOUT_S,
    )
    answer.raise_for_status()
    return str(answer.json()["access_token"])

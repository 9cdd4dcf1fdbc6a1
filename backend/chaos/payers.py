"""Payments by hand: a customer pays in M-Pesa's menu, and types an account number, rightly or not.

M-Pesa asks our validation first. A payment that was rejected with "try again later" is tried again,
as a customer would; the rejection of a right account number is noted as a surprise.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from chaos.plan import ByHand, Means

_TRIES = 40
_PAUSE_S = 0.5
#: How long a customer waits for the prompt whose reference is to be typed.
_PROMPT_S = 6
WRONG_ACCOUNT, TRY_LATER = "C2B00012", "C2B00016"
#: Ways to pay whose account number our validation refuses; the reference only once its deposit has
#: ended.
_REFUSED_RIGHTLY = {Means.SLIP, Means.PHONE, Means.REFERENCE}


def spell(means: Means, text: str, drawn: float) -> str:
    """Return what the payer types for this account number, phone number or reference. Pure.

    `drawn` (0 to 1) chooses one of the spellings.
    """
    match means:
        case Means.NUMBER | Means.BOTH_WAYS:
            spellings = [text]
        case Means.SPACED:
            pairs = " ".join(text[at : at + 2] for at in range(0, len(text), 2))
            spellings = [f"{text[:4]} {text[4:7]} {text[7:]}", f"{text[:5]}-{text[5:]}", pairs]
            spellings.append(f" {text} ")
        case Means.SLIP:
            # The first digit stays, so that the slip makes no phone number.
            spellings = [
                text[:at] + str((int(text[at]) + more) % 10) + text[at + 1 :]
                for at in range(1, len(text))
                for more in (1, 5, 9)
            ]
        case Means.PHONE:
            spellings = [text, f"+{text}", f"0{text[3:]}", f"0{text[3:6]} {text[6:9]} {text[9:]}"]
        case Means.REFERENCE:
            spellings = [text, text.lower(), f"{text[:2]}-{text[2:]}", f"{text} "]
    return spellings[int(drawn * len(spellings))]


@dataclass
class Payers:
    """All customers who pay by hand.

    `answers` counts what became of the payments as their payers saw it, by the way they were paid.
    """

    simulator_url: str
    api_urls: Sequence[str]
    tokens: Mapping[str, str]
    answers: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    _numbers: dict[str, str] = field(default_factory=dict)

    async def pay(
        self, client: httpx.AsyncClient, phone: str, payment: ByHand, deadline: float
    ) -> None:
        """Make one payment; stop trying at the deadline (by time.monotonic())."""
        typed = await self._type(client, phone, payment, deadline)
        if typed is None:
            self.answers[f"{payment.means}: not made"] += 1
            return
        for _ in range(_TRIES):
            objection = await self._try(client, phone, payment.amount, typed)
            if objection is None:
                self.answers[f"{payment.means}: paid"] += 1
                return
            self.answers[f"{payment.means}: {objection}"] += 1
            if objection == "no answer" or time.monotonic() > deadline:
                return
            if objection != TRY_LATER:
                if objection != WRONG_ACCOUNT or payment.means not in _REFUSED_RIGHTLY:
                    self.surprises.append(f"{phone} typed {typed!r}: {objection}")
                return
            await asyncio.sleep(_PAUSE_S)

    async def expect_no_answer(self, client: httpx.AsyncClient, phone: str) -> None:
        """Let the customer leave the next prompt open, to type its reference meanwhile."""
        await self.expect_faults(client, phone, ["customer.ignores"])

    async def expect_faults(
        self, client: httpx.AsyncClient, phone: str, faults: Sequence[str]
    ) -> None:
        """Let each of these faults strike once, at the customer's next payment."""
        for fault in faults:
            body = {"fault": fault, "phone": phone}
            (await client.post(self._arm_url, json=body)).raise_for_status()

    async def expect_no_faults(self, client: httpx.AsyncClient, phone: str) -> None:
        """Take back what is still armed: the customer's last prompt was not paid."""
        answer = await client.delete(self._arm_url, params={"phone": phone})
        answer.raise_for_status()

    @property
    def _arm_url(self) -> str:
        return f"{self.simulator_url}/control/faults/arm"

    async def _type(
        self, client: httpx.AsyncClient, phone: str, payment: ByHand, deadline: float
    ) -> str | None:
        """Return what the payer types; None without a prompt or a number to type."""
        if payment.means is Means.PHONE:
            found: str | None = phone
        elif payment.means is Means.REFERENCE:
            found = await self._reference(client, phone, payment.amount)
        else:
            found = await self._number(client, phone, deadline)
        return found and spell(payment.means, found, payment.drawn)

    async def _try(
        self, client: httpx.AsyncClient, phone: str, amount: int, typed: str
    ) -> str | None:
        """Pay once; return None if M-Pesa took it, else its reason."""
        url = f"{self.simulator_url}/control/customers/{phone}/pay"
        try:
            answer = await client.post(url, json={"amount": amount, "account_reference": typed})
        except httpx.TransportError:
            return "no answer"
        if answer.status_code == 200:
            return None
        return str(answer.json()["error"]).removeprefix("the business rejected the payment: ")

    async def _reference(self, client: httpx.AsyncClient, phone: str, amount: int) -> str | None:
        """Return the reference in the prompt of this amount, once the phone shows it.

        A customer's wishes all differ in amount, so the amount names the prompt.
        """
        url = f"{self.simulator_url}/control/prompts?limit=5&phone={phone}"
        deadline = time.monotonic() + _PROMPT_S
        while time.monotonic() < deadline:
            prompts: list[dict[str, Any]] = (await client.get(url)).json()["prompts"]
            for prompt in prompts:
                if prompt["amount"] == amount:
                    return str(prompt["account_reference"])
            await asyncio.sleep(0.05)
        return None

    async def _number(self, client: httpx.AsyncClient, phone: str, deadline: float) -> str | None:
        """Return the customer's account number.

        The first time, all API processes are asked at the same moment: only one of them may draw
        it.
        """
        while phone not in self._numbers:
            told = await asyncio.gather(*(self._ask(client, url, phone) for url in self.api_urls))
            numbers = {number for number in told if number is not None}
            if len(numbers) > 1:
                self.surprises.append(f"{phone} has account numbers {sorted(numbers)}")
            if numbers:
                self._numbers[phone] = numbers.pop()
            elif time.monotonic() > deadline:
                return None
            else:
                await asyncio.sleep(_PAUSE_S)
        return self._numbers[phone]

    async def _ask(self, client: httpx.AsyncClient, api_url: str, phone: str) -> str | None:
        headers = {"Authorization": f"Token {self.tokens[phone]}"}
        try:
            answer = await client.get(f"{api_url}/api/payments/paybill/", headers=headers)
        except httpx.TransportError:
            return None
        if answer.status_code == 200:
            return str(answer.json()["account_number"])
        if answer.status_code < 500:
            self.surprises.append(f"paybill {answer.status_code}: {answer.text[:200]}")
        return None

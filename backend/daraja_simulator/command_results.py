"""What each command does to the book, and the result that says so."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from . import ids
from .accounts import Accounts
from .book import Payment, Payout, Reversal, Way
from .charges import payment_charge, payout_charge
from .clock import EAT, compact
from .commands import Api, Command, Result
from .world import World

_TEXTS = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "2": "Declined due to limit rule: less than the minimum transaction amount.",
    "3": "Declined due to limit rule: greater than the maximum transaction amount.",
    "4": "Declined due to limit rule: would exceed daily transfer limit.",
    "8": "Declined due to limit rule: would exceed the maximum balance.",
    "15": "Duplicate OriginatorConversationID.",
    "17": "Internal failure.",
    "21": "The initiator is not allowed to initiate this request.",
    "25": "The format of parameter null is invalid.",
    "26": "System busy. Traffic blocking condition in place.",
    "2001": "The initiator information is invalid.",
    "2040": "Credit Party customer type (Unregistered or Registered Customer) can't be supported "
    "by the service.",
    "8006": "The security credential is locked.",
    "R000001": "The transaction has already been reversed.",
    "R000002": "The OriginalTransactionID is invalid.",
    "SFC_IC0003": "The operator does not exist.",
}
_REASONS = {
    Way.STK: "Pay Utility via STK",
    Way.MENU: "Pay Bill Online",
    Way.SIMULATE: "Pay Bill Online",
    Way.OVERDRAFT: "Pay Utility with OD via STK",
    Way.RATIBA: "Standing Order Pay Bill",
    Way.ORGANISATION: "Organization To Organization Transfer",
}


def failure(code: str, world: World) -> Result:
    """Return the result of a command that failed; its TransactionID is a date and zeros."""
    no_receipt = ids.receipt_prefix(world.clock()) + "0" * 7
    return Result(code, _TEXTS.get(code, "The service request failed."), no_receipt)


def _success(transaction_id: str, parameters: list[tuple[str, Any]]) -> Result:
    return Result("0", _TEXTS["0"], transaction_id, parameters)


def pay_out(command: Command, world: World) -> Result:
    """Pay a customer (B2C)."""
    amount, treasury = int(command.body["Amount"]), world.treasury
    refused = treasury.rule_against_payout(command.phone, amount, command.shortcode)
    if refused is not None:
        return failure(refused, world)
    payout = Payout(
        treasury.new_receipt(),
        command.phone,
        amount,
        command.shortcode,
        world.clock(),
        str(command.body["CommandID"]),
        payout_charge(amount),
        command.originator_conversation_id,
        command.conversation_id,
    )
    treasury.pay_out(payout)
    accounts = treasury.accounts[command.shortcode]
    return _success(
        payout.receipt,
        [
            ("TransactionAmount", amount),
            ("TransactionReceipt", payout.receipt),
            ("ReceiverPartyPublicName", _party(world, payout.phone)),
            ("TransactionCompletedDateTime", _dotted(payout.paid_at)),
            ("B2CUtilityAccountAvailableFunds", accounts.utility),
            ("B2CWorkingAccountAvailableFunds", accounts.working),
            ("B2CRecipientIsRegisteredCustomer", "Y"),
            ("B2CChargesPaidAccountAvailableFunds", accounts.charges_paid),
        ],
    )


def reverse(command: Command, world: World) -> Result:
    """Give a payment back: the whole amount, and only one that this business received."""
    receipt, book = str(command.body["TransactionID"]), world.book
    payment = book.payments.get(receipt)
    if payment is None or payment.shortcode != command.shortcode:
        return failure("R000002", world)
    if int(command.body["Amount"]) != payment.amount:
        return failure("R000002", world)
    try:
        reversal = world.treasury.reverse(receipt, "business")
    except ValueError as refused:
        return failure(str(refused), world)
    accounts = world.treasury.accounts[command.shortcode]
    return _success(
        reversal.receipt,
        [
            ("DebitAccountBalance", f"Utility Account|KES|{accounts.utility}.00|"),
            ("Amount", payment.amount),
            ("TransCompletedTime", int(compact(reversal.reversed_at))),
            ("OriginalTransactionID", receipt),
            ("Charge", 0),
            ("CreditPartyPublicName", _party(world, payment.phone, payment.payer_name)),
            ("DebitPartyPublicName", _business(world, command.shortcode)),
        ],
    )


def balances(command: Command, world: World) -> Result:
    """Say what the accounts of the business hold."""
    transaction_id = failure("0", world).transaction_id
    return _success(
        transaction_id,
        [
            ("AccountBalance", balance_text(world.treasury.accounts[command.shortcode])),
            ("BOCompletedTime", int(compact(world.clock()))),
        ],
    )


def balance_text(accounts: Accounts) -> str:
    """Return the accounts as `name|currency|current|available|reserved|uncleared`, joined by &."""
    rows = (
        ("Working Account", accounts.working),
        ("Float Account", 0),
        ("Utility Account", accounts.utility),
        ("Charges Paid Account", accounts.charges_paid),
        ("Organization Settlement Account", accounts.settlement),
    )
    return "&".join(f"{name}|KES|{held}.00|{held}.00|0.00|0.00" for name, held in rows)


def status(command: Command, world: World, commands: Iterable[Command]) -> Result:
    """Say what became of a transaction, named by its receipt or by the ids of its request."""
    receipt = str(command.body.get("TransactionID") or "")
    if not receipt:
        receipt = _receipt_of(str(command.body["OriginalConversationID"]), commands)
    payment, payout = world.book.payments.get(receipt), world.book.payouts.get(receipt)
    reversal = world.book.find_reversal(receipt)
    if payment is not None and payment.shortcode == command.shortcode:
        return _payment_status(payment, world)
    if payout is not None and payout.shortcode == command.shortcode:
        return _payout_status(payout, world)
    if reversal is not None and reversal.original.shortcode == command.shortcode:
        return _reversal_status(reversal, world)
    return failure("SFC_IC0003" if len(receipt) == ids.RECEIPT_LENGTH else "25", world)


def _receipt_of(conversation_id: str, commands: Iterable[Command]) -> str:
    for command in commands:
        known = (command.conversation_id, command.originator_conversation_id)
        if conversation_id in known and command.result is not None:
            # A command that failed has a transaction, too, of no money: nothing has its receipt.
            return command.result.transaction_id
    return ids.NO_RECEIPT


def _payment_status(payment: Payment, world: World) -> Result:
    is_reversed = payment.receipt in world.book.reversals
    charge = payment_charge(payment.amount) if world.settings.business_pays_charges else 0
    party = _party(world, payment.phone, payment.payer_name)
    return _about(
        receipt=payment.receipt,
        debit=party,
        credit=_business(world, payment.shortcode),
        at=payment.paid_at,
        amount=payment.amount,
        account="MMF Account For Customer",
        charges=("", f"Fee For Pay Bill Payment|KES|{charge}.00" if charge else ""),
        reason=_REASONS[payment.way],
        state="Reversed" if is_reversed else "Completed",
        originator=ids.original_conversation_id(payment.receipt),
    )


def _payout_status(payout: Payout, world: World) -> Result:
    return _about(
        receipt=payout.receipt,
        debit=_business(world, payout.shortcode),
        credit=_party(world, payout.phone),
        at=payout.paid_at,
        amount=payout.amount,
        account="Utility Account",
        charges=(f"Fee For B2C Payment|KES|{payout.charge}.00", ""),
        reason="Business Payment to Customer via API",
        state="Completed",
        originator=payout.originator_conversation_id,
        conversation=payout.conversation_id,
    )


def _reversal_status(reversal: Reversal, world: World) -> Result:
    original = reversal.original
    return _about(
        receipt=reversal.receipt,
        debit=_business(world, original.shortcode),
        credit=_party(world, original.phone, original.payer_name),
        at=reversal.reversed_at,
        amount=original.amount,
        account="Utility Account",
        charges=("", ""),
        reason="Pay Bill Reversal",
        state="Completed",
        originator=ids.original_conversation_id(reversal.receipt),
    )


def _about(
    *,
    receipt: str,
    debit: str,
    credit: str,
    at: datetime,
    amount: int,
    account: str,
    charges: tuple[str, str],
    reason: str,
    state: str,
    originator: str,
    conversation: str = "",
) -> Result:
    made = _success(
        receipt,
        [
            ("DebitPartyName", debit),
            ("CreditPartyName", credit),
            ("OriginatorConversationID", originator),
            ("InitiatedTime", int(compact(at))),
            ("CreditPartyCharges", charges[1] or None),
            ("DebitAccountType", account),
            ("TransactionReason", None),
            ("ReasonType", reason),
            ("TransactionStatus", state),
            ("FinalisedTime", int(compact(at))),
            ("Amount", f"{amount}.00"),
            ("ConversationID", conversation or ids.original_conversation_id(receipt)),
            ("ReceiptNo", receipt),
            ("DebitPartyCharges", charges[0] or None),
        ],
    )
    made.originator_conversation_id = originator
    return made


def _party(world: World, phone: str, name: str = "") -> str:
    return f"{phone} - {world.customer(phone).name}" if phone else name


def _business(world: World, shortcode: str) -> str:
    return f"{shortcode} - {world.merchants[shortcode].name}"


def _dotted(moment: datetime) -> str:
    return moment.astimezone(EAT).strftime("%d.%m.%Y %H:%M:%S")


CARRY_OUT: dict[Api, Callable[[Command, World], Result]] = {
    Api.B2C: pay_out,
    Api.REVERSAL: reverse,
    Api.BALANCE: balances,
}

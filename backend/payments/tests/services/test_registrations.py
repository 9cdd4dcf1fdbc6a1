"""Registering the addresses: what is recorded, and what is then known to be registered."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError
from django.db import transaction as db_transaction

from common.db import TransactionIsOpen
from payments.gateway import (
    AddressesRegistered,
    AddressRegistration,
    AlreadyRegistered,
    GatewayError,
    GatewayRejected,
    GatewayUnreachable,
    OutcomeUnknown,
    ProductMissing,
)
from payments.models import PaybillRegistration
from payments.paybill_addresses import PaybillAddresses
from payments.services.registrations import (
    Knowledge,
    Registering,
    judge_registrations,
    list_registrations,
    register_addresses,
)
from payments.tests.breaking import refused, run
from payments.tests.building import broken_table
from payments.tests.own_addresses import SECRET
from payments.tests.scripted_gateway import ScriptedGateway, failing

Outcome = PaybillRegistration.Outcome
WANTED = Registering(
    addresses=PaybillAddresses(origin="https://pay.example.co.ke", secret=SECRET),
    daraja_host="api.safaricom.co.ke",
    business_short_code="600100",
    version="v2",
    response_type="Completed",
    recorded_by="operator@machine",
)
OTHER = replace(
    WANTED, addresses=PaybillAddresses(origin="https://pay.example.co.ke", secret="x" * 32)
)


def make_row(
    outcome: Outcome, attempt: int = 1, wanted: Registering = WANTED, **changes: Any
) -> PaybillRegistration:
    """Build a recorded step without storing it; steps with one number are of one attempt."""
    fields = {
        "attempt": uuid.UUID(int=attempt),
        "outcome": outcome,
        "daraja_host": wanted.daraja_host,
        "business_short_code": wanted.business_short_code,
        "version": wanted.version,
        "response_type": wanted.response_type,
        "addresses_sha256": wanted.addresses.digest,
        "validation_url_masked": wanted.addresses.masked_validation_url,
        "confirmation_url_masked": wanted.addresses.masked_confirmation_url,
        "recorded_by": "operator@machine",
        **changes,
    }
    return PaybillRegistration(**fields)


def outcomes() -> list[str]:
    return list(PaybillRegistration.objects.order_by("id").values_list("outcome", flat=True))


@pytest.mark.django_db(transaction=True)
class TestRegister:
    def test_the_attempt_is_recorded_before_it_is_sent(self, gateway: ScriptedGateway) -> None:
        seen: list[list[str]] = []

        def look(_: AddressRegistration) -> AddressesRegistered:
            seen.append(outcomes())
            return AddressesRegistered(conversation_id="6e86", description="Success")

        gateway.on_register = look

        report = register_addresses(WANTED)

        assert seen == [["sent"]]
        assert outcomes() == ["sent", "registered"]
        assert report.outcome == Outcome.REGISTERED
        assert (report.error, report.is_recorded) == (None, True)
        assert report.answer == "Success 6e86"

    def test_m_pesa_is_sent_the_whole_addresses(self, gateway: ScriptedGateway) -> None:
        register_addresses(WANTED)

        (sent,) = gateway.registrations
        assert sent.validation_url == WANTED.addresses.validation_url
        assert sent.confirmation_url == WANTED.addresses.confirmation_url
        assert (sent.version, sent.response_type) == ("v2", "Completed")

    def test_no_row_holds_the_secret(self, gateway: ScriptedGateway) -> None:
        register_addresses(WANTED)

        for row in PaybillRegistration.objects.values():
            assert SECRET not in str(row)
            assert SECRET[:8] not in str(row)

    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (AlreadyRegistered("Urls are already registered"), "already_registered"),
            (ProductMissing("no product"), "rejected"),
            (GatewayRejected("no"), "rejected"),
            (GatewayUnreachable("no route"), "not_sent"),
            (OutcomeUnknown("timed out"), "unknown"),
        ],
    )
    def test_each_answer_is_recorded(
        self, gateway: ScriptedGateway, error: GatewayError, outcome: str
    ) -> None:
        gateway.on_register = failing(error)

        report = register_addresses(WANTED)

        assert outcomes() == ["sent", outcome]
        assert report.error is error
        assert report.answer == error.detail

    def test_a_process_that_dies_leaves_its_attempt_in_doubt(
        self, gateway: ScriptedGateway
    ) -> None:
        gateway.on_register = failing(SystemExit(137))  # type: ignore[arg-type]

        with pytest.raises(SystemExit):
            register_addresses(WANTED)

        assert outcomes() == ["sent"]
        status = judge_registrations(WANTED, list_registrations(WANTED))
        assert status.knowledge is Knowledge.UNCERTAIN

    def test_an_answer_that_cannot_be_recorded_is_told(self, gateway: ScriptedGateway) -> None:
        with broken_table("payments_paybillregistration", when="NEW.outcome <> 'sent'"):
            report = register_addresses(WANTED)

        assert report.outcome == Outcome.REGISTERED
        assert not report.is_recorded
        assert outcomes() == ["sent"]

    def test_what_cannot_be_recorded_is_not_sent(self, gateway: ScriptedGateway) -> None:
        with broken_table("payments_paybillregistration"), pytest.raises(DatabaseError):
            register_addresses(WANTED)

        assert gateway.registrations == []

    def test_no_transaction_lasts_as_long_as_the_request(self, gateway: ScriptedGateway) -> None:
        with db_transaction.atomic(), pytest.raises(TransactionIsOpen):
            register_addresses(WANTED)

        assert gateway.registrations == []

    def test_twice_are_two_attempts(self, gateway: ScriptedGateway) -> None:
        register_addresses(WANTED)
        register_addresses(WANTED)

        rows = PaybillRegistration.objects.all()
        assert len({row.attempt for row in rows}) == 2
        assert judge_registrations(WANTED, list_registrations(WANTED)).knowledge is Knowledge.SAME

    @pytest.mark.parametrize(
        "elsewhere",
        [{"daraja_host": "sandbox.safaricom.co.ke"}, {"business_short_code": "600200"}],
    )
    def test_another_host_or_short_code_is_another_registration(
        self, gateway: ScriptedGateway, elsewhere: dict[str, Any]
    ) -> None:
        register_addresses(replace(WANTED, **elsewhere))

        assert list_registrations(WANTED) == []


def test_a_step_names_short_code_host_and_outcome() -> None:
    assert str(make_row(Outcome.SENT)) == "600100 at api.safaricom.co.ke: sent"


class TestJudging:
    @pytest.mark.parametrize(
        ("steps", "knowledge"),
        [
            ([], Knowledge.NONE),
            ([(Outcome.SENT, 1), (Outcome.REGISTERED, 1)], Knowledge.SAME),
            ([(Outcome.SENT, 1), (Outcome.REJECTED, 1)], Knowledge.NONE),
            ([(Outcome.SENT, 1), (Outcome.NOT_SENT, 1)], Knowledge.NONE),
            ([(Outcome.SENT, 1)], Knowledge.UNCERTAIN),
            ([(Outcome.SENT, 1), (Outcome.UNKNOWN, 1)], Knowledge.UNCERTAIN),
            ([(Outcome.SENT, 1), (Outcome.ALREADY_REGISTERED, 1)], Knowledge.UNRECORDED),
            # The first may be what the second found there.
            (
                [(Outcome.SENT, 1), (Outcome.SENT, 2), (Outcome.ALREADY_REGISTERED, 2)],
                Knowledge.UNCERTAIN,
            ),
            # Deleted in the portal, and registered again.
            (
                [
                    (Outcome.SENT, 1),
                    (Outcome.ALREADY_REGISTERED, 1),
                    (Outcome.SENT, 2),
                    (Outcome.REGISTERED, 2),
                ],
                Knowledge.SAME,
            ),
            (
                [
                    (Outcome.SENT, 1),
                    (Outcome.REGISTERED, 1),
                    (Outcome.SENT, 2),
                    (Outcome.ALREADY_REGISTERED, 2),
                ],
                Knowledge.SAME,
            ),
            # With the same values a doubtful attempt changes nothing.
            (
                [(Outcome.SENT, 1), (Outcome.REGISTERED, 1), (Outcome.SENT, 2)],
                Knowledge.SAME,
            ),
        ],
    )
    def test_with_the_configured_values(
        self, steps: list[tuple[Outcome, int]], knowledge: Knowledge
    ) -> None:
        rows = [make_row(outcome, attempt) for outcome, attempt in steps]

        assert judge_registrations(WANTED, rows).knowledge is knowledge

    def test_other_addresses(self) -> None:
        rows = [make_row(Outcome.SENT, 1, OTHER), make_row(Outcome.REGISTERED, 1, OTHER)]

        status = judge_registrations(WANTED, rows)

        assert status.knowledge is Knowledge.OTHER
        assert status.row is rows[1]
        assert status.differences == ("addresses",)

    def test_another_version_and_response_type(self) -> None:
        row = make_row(Outcome.REGISTERED, version="v1", response_type="Cancelled")

        status = judge_registrations(WANTED, [row])

        assert status.knowledge is Knowledge.OTHER
        assert status.differences == ("version", "response type")

    def test_a_doubtful_attempt_with_other_addresses_leaves_doubt(self) -> None:
        rows = [
            make_row(Outcome.REGISTERED, 1),
            make_row(Outcome.SENT, 2, OTHER),
            make_row(Outcome.UNKNOWN, 2, OTHER),
        ]

        status = judge_registrations(WANTED, rows)

        assert status.knowledge is Knowledge.UNCERTAIN
        assert status.row is rows[2]

    def test_a_rejected_attempt_with_other_addresses_leaves_none(self) -> None:
        rows = [
            make_row(Outcome.REGISTERED, 1),
            make_row(Outcome.SENT, 2, OTHER),
            make_row(Outcome.REJECTED, 2, OTHER),
        ]

        assert judge_registrations(WANTED, rows).knowledge is Knowledge.SAME


@pytest.mark.django_db
class TestGuards:
    """What the database refuses, even in plain SQL."""

    def test_a_step_is_never_changed_or_deleted(self) -> None:
        make_row(Outcome.SENT).save()

        with refused("append-only"):
            run("UPDATE payments_paybillregistration SET outcome = 'registered'")
        with refused("append-only"):
            run("DELETE FROM payments_paybillregistration")
        with refused("append-only"):
            run("TRUNCATE payments_paybillregistration")

    @pytest.mark.parametrize(
        "changes",
        [
            {"version": "v3"},
            {"response_type": "completed"},
            {"business_short_code": "12"},
            {"daraja_host": ""},
            {"recorded_by": " "},
            {"addresses_sha256": "abc"},
            {"validation_url_masked": WANTED.addresses.validation_url},
            {"confirmation_url_masked": WANTED.addresses.confirmation_url},
        ],
        ids=lambda changes: next(iter(changes)),
    )
    def test_a_senseless_step_is_refused(self, changes: dict[str, Any]) -> None:
        with refused("payments_registration"):
            make_row(Outcome.SENT, **changes).save()

    def test_an_outcome_that_does_not_exist_is_refused(self) -> None:
        with refused("payments_registration_words"):
            make_row("perhaps").save()  # type: ignore[arg-type]

    def test_an_attempt_is_sent_once_and_has_one_answer(self) -> None:
        make_row(Outcome.SENT).save()
        make_row(Outcome.UNKNOWN).save()

        with refused("sent_once"):
            make_row(Outcome.SENT).save()
        with refused("one_answer"):
            make_row(Outcome.REGISTERED).save()

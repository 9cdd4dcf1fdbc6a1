"""Receipt numbers: their date, their form, and how they are found in what customers paste."""

import string
import timeit
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.daraja import receipts
from payments.daraja.receipts import Pasted

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
YEAR = timedelta(days=365)
_NAIROBI_OFFSET = timedelta(hours=3)
_SIGNS = string.ascii_uppercase + string.digits


def receipt_of(day: date, rest: str = "51ZDR4F") -> str:
    """Write a receipt of this day as M-Pesa does."""
    year = string.ascii_uppercase[(day.year - 2006) % 26]
    month = string.ascii_uppercase[day.month - 1]
    return year + month + "123456789ABCDEFGHIJKLMNOPQRSTUV"[day.day - 1] + rest


def read(text: str, now: datetime = NOW, max_age: timedelta = YEAR) -> Pasted:
    return receipts.read_text(text, now=now, max_age=max_age)


_RESTS = st.text(_SIGNS, min_size=7, max_size=7).filter(lambda rest: rest != "0000000")
_RECENT = st.dates(TODAY - YEAR, TODAY)


class TestDay:
    # Receipts whose day is known from elsewhere, Safaricom's own samples among them.
    @pytest.mark.parametrize(
        ("receipt", "day"),
        [
            ("LGH3197RIB", date(2017, 7, 17)),
            ("MBN31H462N", date(2018, 2, 23)),
            ("NFU51H9FM1", date(2019, 6, 30)),
            ("NLJ7RT61SV", date(2019, 12, 19)),
            ("RKL51ZDR4F", date(2023, 11, 21)),
            ("SG632NMUAB", date(2024, 7, 6)),
            ("TK60708BHZ", date(2025, 11, 6)),
            ("TAE46D879G", date(2025, 1, 14)),
            ("TJ56H6J1WU", date(2025, 10, 5)),
            ("UGAQXB3O0M", date(2026, 7, 10)),
            ("UH1B91GYNW", date(2026, 8, 1)),
        ],
    )
    def test_the_first_three_characters_are_year_month_and_day(
        self, receipt: str, day: date
    ) -> None:
        assert receipts.find_day(receipt, today=TODAY) == day

    @given(st.dates(date(2006, 1, 1), date(2100, 12, 31)), _RESTS)
    def test_every_day_is_read_as_it_was_written(self, day: date, rest: str) -> None:
        assert receipts.find_day(receipt_of(day, rest), today=day) == day

    @pytest.mark.parametrize(
        "text",
        ["UB" + "U51ZDR4F", "UM151ZDR4F", "UK051ZDR4F", "UKW51ZDR4F", "1KL51ZDR4F", "ukl51zdr4f",
         "UKL51ZDR4", "UKL51ZDR4FX", "UKL51ZDR4É", "", "UKV51ZDR4F"],
    )  # fmt: skip
    def test_what_names_no_day_has_none(self, text: str) -> None:
        assert receipts.find_day(text, today=TODAY) is None

    def test_the_years_letters_come_again(self) -> None:
        assert receipts.find_day("AAB51ZDR4F", today=date(2026, 11, 30)) == date(2006, 1, 11)
        assert receipts.find_day("AAB51ZDR4F", today=date(2031, 12, 31)) == date(2032, 1, 11)


class TestIsReceipt:
    def test_neither_in_the_future_nor_too_old_but_for_a_day_about_midnight(self) -> None:
        def is_receipt(day: date) -> bool:
            text = receipt_of(day)
            return receipts.is_receipt(text, now=NOW, max_age=timedelta(days=30))

        assert is_receipt(TODAY + timedelta(days=1))
        assert not is_receipt(TODAY + timedelta(days=2))
        assert is_receipt(TODAY - timedelta(days=31))
        assert not is_receipt(TODAY - timedelta(days=32))

    def test_the_day_is_nairobis(self) -> None:
        late = datetime(2026, 11, 29, 21, 30, tzinfo=UTC)  # the 30th in Nairobi
        tomorrow = receipt_of(date(2026, 12, 1))

        assert receipts.is_receipt(tomorrow, now=late, max_age=YEAR)
        assert not receipts.is_receipt(tomorrow, now=late - timedelta(hours=1), max_age=YEAR)

    def test_what_stands_in_answers_without_a_payment_is_none(self) -> None:
        assert not receipts.is_receipt("UKT0000000", now=NOW, max_age=YEAR)

    @given(st.text(_SIGNS + "abc é0", max_size=12))
    def test_any_text_is_answered(self, text: str) -> None:
        is_receipt = receipts.is_receipt(text, now=NOW, max_age=YEAR)

        assert not is_receipt or receipts.find_day(text, today=TODAY) is not None


class TestReadings:
    def test_as_written_comes_first_then_fewer_changes(self) -> None:
        found = receipts.list_readings("UKL5OZDR1F", now=NOW, max_age=YEAR)

        assert found == ("UKL5OZDR1F", "UKL50ZDR1F", "UKL5OZDRIF", "UKL50ZDRIF")

    def test_of_two_days_the_later_comes_first(self) -> None:
        # UI1: the 1st of September; UII: the 18th.
        found = receipts.list_readings("U1151ZDR4F", now=NOW, max_age=YEAR)

        assert [each[:3] for each in found[:2]] == ["UI1", "UII"]
        assert found[0] == "UI151ZDR4F"

    def test_an_impossible_reading_is_left_out(self) -> None:
        # A zero is no day: the 24th is meant.
        assert receipts.list_readings("UK051ZDR4F", now=NOW, max_age=YEAR) == (
            "UKO51ZDR4F",
            "UKO5IZDR4F",
        )
        assert receipts.list_readings("XX051ZDR4F", now=NOW, max_age=YEAR) == ()

    @given(_RECENT, _RESTS, st.data())
    def test_a_code_with_such_slips_is_among_its_readings(
        self, day: date, rest: str, data: st.DataObject
    ) -> None:
        receipt = receipt_of(day, rest)
        swapped = str.maketrans("O0I1", "0O1I")
        places = [place for place, sign in enumerate(receipt) if sign in "O0I1"][:5]
        slips = data.draw(st.sets(st.sampled_from(places))) if places else set()
        copied = "".join(
            sign.translate(swapped) if place in slips else sign
            for place, sign in enumerate(receipt)
        )

        found = receipts.list_readings(copied, now=NOW, max_age=YEAR)

        assert receipt in found
        assert len(found) == len(set(found)) <= 32
        assert all(receipts.is_receipt(each, now=NOW, max_age=YEAR) for each in found)


# From public collections of what M-Pesa wrote; names and numbers are replaced.
_MESSAGES = {
    "paybill": "UGAQXB3O0M Confirmed. Ksh70.00 sent to EXAMPLE LTD for account 254700000000 on "
    "10/7/26 at 8:14 PM New M-PESA balance is Ksh0.00. Transaction cost, Ksh0.00.Amount you can "
    "transact within the day is 499,930.00. Download My OneApp on https://saf.cx/app",
    "till": "UGJQXB3O0M Confirmed. Ksh1,020.50 paid to NAME 1. on 19/7/26 at 8:11 AM.New M-PESA "
    "balance is Ksh9.00.",
    "short form": "UG9QXAXODW Confirmed. KSH.50 sent to NAME, 0758***343 via My OneApp on 9th Jul "
    "2026 at 2:33 pm.",
    "kiswahili": "UAD43EZZ3O Imethibitishwa Ksh20.00 imetumwa kwa NAME kwa akaunti nambari 12345678"
    " tarehe 13/1/26 saa 12:37 PM. Baki yako ya M-PESA ni Ksh243.47.",
    "kiswahili till": "UAE46D879G Imethibitishwa. Umelipa Ksh20.00 kwa NAME 14/1/26 4:53 PM.Baki",
    "bank": "Ksh 40000.00 sent to KCB Pay Bill 522522 for account 135***5140 NAME has been received"
    " on 01/08/2026 at 12:21 PM. M-PESA ref UH1B91GYNW",
}


class TestText:
    @pytest.mark.parametrize(
        ("kind", "receipt", "amount", "paid_at"),
        [
            ("paybill", "UGAQXB3O0M", "70.00", datetime(2026, 7, 10, 17, 14, tzinfo=UTC)),
            ("till", "UGJQXB3O0M", "1020.50", datetime(2026, 7, 19, 5, 11, tzinfo=UTC)),
            ("short form", "UG9QXAXODW", "50", None),
            ("kiswahili", "UAD43EZZ3O", "20.00", datetime(2026, 1, 13, 9, 37, tzinfo=UTC)),
            ("kiswahili till", "UAE46D879G", "20.00", datetime(2026, 1, 14, 13, 53, tzinfo=UTC)),
            ("bank", "UH1B91GYNW", "40000.00", None),
        ],
    )
    def test_a_message_of_mpesa_is_read(
        self, kind: str, receipt: str, amount: str, paid_at: datetime | None
    ) -> None:
        found = read(_MESSAGES[kind])

        assert found.receipts[0] == receipt
        assert (found.amount, found.paid_at) == (Decimal(amount), paid_at)

    @pytest.mark.parametrize(
        "typed", ["ukt51zdr4f", " UKT51ZDR4F\n", "UKT 51Z DR4F", "UKT51-ZDR4F", "code:UKT51ZDR4F!"]
    )
    def test_a_code_alone_may_be_typed_in_any_way(self, typed: str) -> None:
        assert read(typed).receipts[0] == "UKT51ZDR4F"

    def test_an_exact_receipt_comes_before_a_correction_that_stands_earlier(self) -> None:
        assert read("UK051ZDR4F or UKT51ZDR4F").receipts[0] == "UKT51ZDR4F"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "I have paid",
            "Failed. You do not have enough money in your M-PESA account to pay Ksh50.00 to NAME.",
            "DY28XV679 Confirmed. Ksh4,000.00 sent to KCB on 9/9/13 at 11:31 PM",  # nine characters
            "UKT51ZDR4FX Imethibitishwa Tsh20,000",  # Tanzania's have eleven
            "UKT0000000",
            "NLJ7RT61SV Confirmed.",  # seven years old
            "VAA51ZDR4F",  # next January
            "1234567890",
            "UKT51ZDR4É",
            "\u0131KT51ZDR4F",  # becomes a capital I in upper case
        ],
    )
    def test_a_text_without_a_receipt_has_none(self, text: str) -> None:
        assert read(text).receipts == ()

    @pytest.mark.parametrize(
        "text", ["on 30/2/26 at 8:14 PM", "on 10/13/26 at 8:14 PM", "on 10/7/26 at 13:14 PM",
                 "on 10/7/26 at 0:14 AM", "on 10/7/26 at 8:61 PM"]
    )  # fmt: skip
    def test_an_impossible_time_is_no_hint(self, text: str) -> None:
        assert read(text).paid_at is None

    def test_nothing_paid_is_no_hint(self) -> None:
        assert read("Ksh0.00").amount is None

    def test_midnight_and_noon_are_twelve(self) -> None:
        midnight, noon = read("1/7/26 at 12:00 AM").paid_at, read("1/7/26 at 12:00 PM").paid_at

        assert midnight == datetime(2026, 6, 30, 21, 0, tzinfo=UTC)
        assert noon == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)

    @given(st.text(max_size=2000) | st.text("UKT510O.,/ \nKshPMat:", max_size=2000))
    def test_any_text_is_read(self, text: str) -> None:
        for receipt in read(text).receipts:
            assert receipts.is_receipt(receipt, now=NOW, max_age=YEAR)

    @given(st.text("abc .,\n", max_size=200), _RECENT, _RESTS, st.text("xyz .,\n", max_size=200))
    def test_a_receipt_is_found_wherever_it_stands(
        self, before: str, day: date, rest: str, after: str
    ) -> None:
        receipt = receipt_of(day, rest)

        assert read(f"{before} {receipt} {after}").receipts[0] == receipt

    @pytest.mark.parametrize(
        "piece", ["UK0O1I0O1I ", "1/1/26 at ", "ksh.", "ksh1,", "A" * 10 + " "]
    )
    def test_a_hostile_text_costs_little(self, piece: str) -> None:
        text = piece * 100_000

        assert min(timeit.repeat(lambda: read(text), number=1, repeat=3)) < 0.05

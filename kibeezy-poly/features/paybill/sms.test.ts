import { describe, expect, it } from "vitest";
import { isToOthers } from "@/features/paybill/isToOthers";
import { MAX_LENGTH, type Pasted, readPasted } from "@/features/paybill/sms";

const at = (time: string) => Date.parse(`${time}:00+03:00`);
const payment = (pasted: Pasted) => {
  if (pasted.kind !== "payment") throw new Error(`It was read as ${pasted.kind}.`);
  return pasted.payment;
};

const PAYBILL =
  "UGAQXB3O0M Confirmed. Ksh70.00 sent to EXAMPLE LTD for account 254712345678 on 10/7/26 at 8:14 PM New M-PESA balance is Ksh0.00. Transaction cost, Ksh0.00.Amount you can transact within the day is 499,930.00. Download My OneApp on https://saf.example/abc";

describe("a payment in English", () => {
  it("to a paybill names code, amount, account, name and time", () => {
    expect(payment(readPasted(PAYBILL, "2026-07-11"))).toEqual({
      code: "UGAQXB3O0M",
      day: "2026-07-10",
      age: "payable",
      corrected: false,
      amount: "70.00",
      paidAtMs: at("2026-07-10T20:14"),
      account: "254712345678",
      payee: "EXAMPLE LTD",
      contradicts: false,
    });
  });

  it.each([
    ["", null],
    ["135***5140", null],
    ["KBZ#41", "KBZ#41"],
    ["2480159763", "2480159763"],
  ])("reads the account %o as %o", (account, read) => {
    const text = `UGAQXB3O0M Confirmed. Ksh70.00 sent to EXAMPLE LTD for account ${account} on 10/7/26 at 8:14 PM`;
    expect(payment(readPasted(text, "2026-07-11")).account).toBe(read);
  });

  it.each([
    [
      "UGJ7HNP31T Confirmed. Ksh20.00 paid to EXAMPLE SHOP. on 19/7/26 at 8:11 PM.New M-PESA balance is Ksh5.00.",
      "EXAMPLE SHOP",
    ],
    [
      "UGJ7HNP31T Confirmed. Ksh20.00 paid to EXAMPLE 1. on 19/7/26 at 8:11 PM.New M-PESA",
      "EXAMPLE 1",
    ],
    [
      "UGJ7HNP31T Confirmed. Ksh20.00 paid to A-B & O'C Via Kopo Kopo. on 19/7/26 at 8:11 PM.",
      "A-B & O'C Via Kopo Kopo",
    ],
  ])("to a till names whom it paid: %s", (text, payee) => {
    const read = payment(readPasted(text, "2026-07-20"));
    expect(read).toMatchObject({ code: "UGJ7HNP31T", amount: "20.00", account: null, payee });
    expect(read.paidAtMs).toBe(at("2026-07-19T20:11"));
  });

  it("in the app's short form has its own amount and date", () => {
    const text =
      "UG9QXAXODW Confirmed. KSH.50 sent to EXAMPLE NAME, 0758***343 via My OneApp on 9th Jul 2026 at 2:33 pm.";
    expect(payment(readPasted(text, "2026-07-11"))).toMatchObject({
      code: "UG9QXAXODW",
      amount: "50",
      payee: "EXAMPLE NAME",
      paidAtMs: at("2026-07-09T14:33"),
    });
  });

  it.each(["KES 1,500.00", "KSH1500", "Ksh.1,500", "ksh 1,500.00", "Ksh\u00a01500.0"])(
    "reads the amount %s",
    (amount) => {
      const text = `UGAQXB3O0M Confirmed. ${amount} sent to EXAMPLE LTD for account 1 on 10/7/26 at 8:14 PM`;
      expect(Number(payment(readPasted(text, "2026-07-11")).amount)).toBe(1500);
    },
  );

  it("is read over line breaks, double blanks and unseen marks", () => {
    const text =
      "\u202aUGAQXB3O0M\r\nConfirmed.  Ksh70.00\nsent to EXAMPLE\u200b  LTD for account 77\non 10/7/26  at 8:14\u202fPM";
    expect(payment(readPasted(text, "2026-07-11"))).toMatchObject({
      payee: "EXAMPLE LTD",
      account: "77",
      paidAtMs: at("2026-07-10T20:14"),
    });
  });

  it("about midnight is at the right hour, and its code may have the other day", () => {
    const text = "UGAQXB3O0M Confirmed. Ksh70.00 paid to EXAMPLE. on 11/7/26 at 12:04 AM.";
    const read = payment(readPasted(text, "2026-07-11"));
    expect(read.paidAtMs).toBe(at("2026-07-11T00:04"));
    expect(read.contradicts).toBe(false);
  });

  it("whose date is not the code's says that one of them is wrong", () => {
    const text = "UGAQXB3O0M Confirmed. Ksh70.00 paid to EXAMPLE. on 13/7/26 at 8:04 AM.";
    expect(payment(readPasted(text, "2026-07-14")).contradicts).toBe(true);
  });

  it("with a date or time that does not exist names none", () => {
    const read = (when: string) =>
      payment(
        readPasted(`UGAQXB3O0M Confirmed. Ksh70.00 paid to EXAMPLE. on ${when}`, "2026-07-11"),
      );
    expect(read("31/2/26 at 8:04 AM").paidAtMs).toBeNull();
    expect(read("3rd Foo 2026 at 8:04 AM").paidAtMs).toBeNull();
    expect(read("10/7/26 at 13:74 PM").paidAtMs).toBe(at("2026-07-10T12:00"));
    expect(read("10/7/2026").paidAtMs).toBe(at("2026-07-10T12:00"));
  });

  it("of a bank names the code at its end", () => {
    const text =
      "Ksh 40000.00 sent to KCB Pay Bill 522522 for account 135***5140 NAME has been received on 01/08/2026 at 12:21 PM. M-PESA ref UH1B91GYNW";
    expect(payment(readPasted(text, "2026-08-02"))).toMatchObject({
      code: "UH1B91GYNW",
      amount: "40000.00",
      payee: "KCB Pay Bill 522522",
      account: null,
    });
  });

  it("of 2013 has a code that is none today", () => {
    const text =
      "DY28XV679 Confirmed. Ksh4,000.00 sent to KCB Paybill AC for account 1137238445 on 9/9/13 at 11:31 PM New M-PESA balance is Ksh22.00.";
    expect(readPasted(text, "2026-07-11")).toEqual({ kind: "none" });
  });
});

describe("a payment in Kiswahili", () => {
  it.each([
    [
      "TAD43EZZ3O Imethibitishwa Ksh20.00 imetumwa kwa EXAMPLE NAME 0712345678 tarehe 13/1/25 saa 8:37 PM. Baki yako ya M-PESA ni Ksh243.47. Gharama ya kutuma ni Ksh0.00.Kiwango cha Pesa unachoweza kutuma kwa siku ni 499,929.00.",
      { code: "TAD43EZZ3O", payee: "EXAMPLE NAME 0712345678", paidAtMs: at("2025-01-13T20:37") },
    ],
    [
      "TAE46D879G Imethibitishwa. Umelipa Ksh20.00 kwa EXAMPLE SHOP 14/1/25 4:53 PM.Baki yako mpya katika M-PESA ni Ksh173.47.",
      { code: "TAE46D879G", payee: "EXAMPLE SHOP", paidAtMs: at("2025-01-14T16:53") },
    ],
    [
      "TAE46D879G Imethibitishwa. Ksh20.00 imetumwa kwa KIBEEZY LTD kwa akaunti nambari 2480159763 tarehe 14/1/25 saa 4:53 PM.",
      { payee: "KIBEEZY LTD", account: "2480159763" },
    ],
  ])("is read: %s", (text, read) => {
    expect(payment(readPasted(text, "2025-01-15"))).toMatchObject({ amount: "20.00", ...read });
  });
});

describe("what is no payment to us", () => {
  it.each<[Pasted["kind"], string]>([
    ["empty", " \n\u200b"],
    ["none", "I paid you yesterday, please look"],
    ["none", "SUCCESSFUL"],
    ["none", "UKU0000000"],
    ["none", "2480159763"],
    ["none", "0112345678"],
    ["none", "Ksh70.00 for account 1137238445"],
    [
      "received",
      "Congratulations! TJ56H6J1WU confirmed.You have received Ksh425.00 from LOOP B2C. on 5/10/25 at 6:34 PM.New M-PESA balance is Ksh500.00.",
    ],
    [
      "received",
      "TAD43EZZ3O Imethibitishwa. Umepokea Ksh1.00 kutoka EXAMPLE 0712345678 mnamo 13/1/25 saa 5:39 PM  Baki yako",
    ],
    [
      "failure",
      "Failed. You do not have enough money in your M-PESA account to pay Ksh50.00 to EXAMPLE. Your M-PESA balance is Ksh20.50.",
    ],
    ["failure", "Hakuna pesa za kutosha kwenye akaunti yako ya M-PESA."],
    ["failure", "Umekataa kuidhinisha amali hii."],
    [
      "foreign",
      "7KB12CD34EF Imethibitishwa. Tsh10,000.00 imetumwa kwa EXAMPLE tarehe 1/7/26 saa 3:10 PM",
    ],
    ["foreign", "7KB12CD34EF"],
  ])("is %s: %s", (kind, text) => {
    expect(readPasted(text, "2026-07-11").kind).toBe(kind);
  });

  it("is a reversal, which names the payment that was taken back", () => {
    const text =
      "TI27ZWJC3B  confirmed. Reversal of transaction TI26ZVL0L8 has been successfully reversed  on 2/9/25  at 8:31 AM and Ksh100.00 is credited to your M-PESA account. New M-PESA account balance is Ksh500.00.";
    expect(readPasted(text, "2025-09-03")).toEqual({ kind: "reversal", original: "TI26ZVL0L8" });
    const debited = text.replace("is credited to", "is debited from");
    expect(readPasted(debited, "2025-09-03").kind).toBe("reversal");
  });

  it("is old or in the future by its code, whatever its words say", () => {
    expect(payment(readPasted("TAE46D879G", "2026-07-11")).age).toBe("old");
    expect(payment(readPasted("VAE46D879G", "2026-07-11")).age).toBe("future");
  });
});

describe("the first code", () => {
  it("is one that can be paid, though an older one stands before it", () => {
    const text = "My last one was TAE46D879G and this one UGAQXB3O0M, then UG9QXAXODW";
    expect(payment(readPasted(text, "2026-07-11")).code).toBe("UGAQXB3O0M");
  });

  it("is one that is right as written, though one to correct stands before it", () => {
    expect(payment(readPasted("UG0QXB3O0M or UG9QXAXODW", "2026-07-30")).code).toBe("UG9QXAXODW");
  });

  it("is read when it was typed with gaps", () => {
    expect(payment(readPasted("UGA QXB 3O0M", "2026-07-11")).code).toBe("UGAQXB3O0M");
    expect(payment(readPasted("ugaqxb3o0m", "2026-07-11")).code).toBe("UGAQXB3O0M");
  });

  it("is no word of the sentence, unless it is typed alone", () => {
    expect(payment(readPasted("uecndering", "2026-07-11")).day).toBe("2026-05-12");
    // By its letters it could be a code of 12 May 2026.
    expect(readPasted("please find uecndering of mine", "2026-07-11").kind).toBe("none");
  });
});

describe("a hostile text", () => {
  it("is cut off after a kilobyte", () => {
    expect(readPasted(`${"x ".repeat(MAX_LENGTH)}UGAQXB3O0M`, "2026-07-11").kind).toBe("none");
  });

  it.each([
    "for account ",
    "sent to ",
    "umelipa kwa ",
    "ksh1,1,1,1,",
    "1/1/",
    " ",
    "UGAQXB3O0M ",
    "1th jan ",
    "0:0 p",
    "-.",
    "Iİ",
  ])("costs by its length, and never throws: %o", (part) => {
    const started = performance.now();
    for (let round = 0; round < 20; round += 1) readPasted(part.repeat(2000), "2026-07-11");
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

describe("a payment to others", () => {
  const paybill = { paybill: "174379", account_number: "2480159763", payee_name: "Kibeezy" };
  const read = (payee: string, account: string) =>
    payment(
      readPasted(
        `UGAQXB3O0M Confirmed. Ksh70.00 sent to ${payee} for account ${account} on 10/7/26 at 8:14 PM`,
        "2026-07-11",
      ),
    );

  it.each([
    ["KIBEEZY LTD", "2480159763"],
    ["KIBEEZY", "KBZ41"],
    ["Kibeezy-Poly Ltd.", "1"],
    ["EXAMPLE HOLDINGS", "2480159763"],
    ["EXAMPLE HOLDINGS", "248-015-9763"],
  ])("is not one to %s for account %s", (payee, account) => {
    expect(isToOthers(read(payee, account), paybill)).toBe(false);
  });

  it("is one to another name for another account", () => {
    expect(isToOthers(read("EXAMPLE LTD", "1137238445"), paybill)).toBe(true);
  });

  it("is not known of a code alone, nor of a name without letters", () => {
    expect(isToOthers(payment(readPasted("UGAQXB3O0M", "2026-07-11")), paybill)).toBe(false);
    expect(isToOthers(read("174379", "1"), paybill)).toBe(true);
  });
});

// mpesa-api: its address is a constant of the module `lib/routes`, whose port it drops.

import { globalAgent } from "node:http";
import { createConnection } from "node:net";
import { load, serve, SHOP } from "./lines.mjs";

const { Mpesa } = load("mpesa-api");
const { routes } = load("mpesa-api/lib/routes");
const address = new URL(SHOP.url);
routes.sandbox = address.origin;
globalAgent.createConnection = (options, done) =>
  createConnection({ ...options, port: address.port }, done);

const client = new Mpesa(
  {
    clientKey: SHOP.consumer_key,
    clientSecret: SHOP.consumer_secret,
    securityCredential: SHOP.security_credential,
  },
  "sandbox",
);
const initiated = (it) => ({
  Initiator: SHOP.initiator,
  IdentifierType: "4",
  PartyA: SHOP.shortcode,
  QueueTimeOutURL: it.timeout_url,
  ResultURL: it.result_url,
});

await serve({
  token: () => client.authenticate(),
  push: (it) =>
    client.lipaNaMpesaOnline({
      BusinessShortCode: SHOP.shortcode,
      passKey: SHOP.passkey,
      // Its default ends in a space, which Daraja does not know.
      TransactionType: "CustomerPayBillOnline",
      Amount: it.amount,
      PartyA: it.phone,
      PartyB: SHOP.shortcode,
      PhoneNumber: it.phone,
      CallBackURL: it.url,
      AccountReference: it.reference,
    }),
  query: (it) =>
    client.lipaNaMpesaQuery({
      BusinessShortCode: SHOP.shortcode,
      passKey: SHOP.passkey,
      CheckoutRequestID: it.checkout_request_id,
    }),
  register: (it) =>
    client.c2bRegister({
      ShortCode: SHOP.shortcode,
      ResponseType: "Completed",
      ConfirmationURL: it.confirmation_url,
      ValidationURL: it.validation_url,
    }),
  simulate: (it) =>
    client.c2bSimulate({
      ShortCode: SHOP.shortcode,
      CommandID: "CustomerPayBillOnline",
      Amount: it.amount,
      Msisdn: it.phone,
      BillRefNumber: it.reference,
    }),
  b2c: (it) =>
    client.b2c({
      ...initiated(it),
      CommandID: "BusinessPayment",
      Amount: it.amount,
      PartyB: it.phone,
    }),
  status: (it) => client.transactionStatus({ ...initiated(it), TransactionID: it.receipt }),
  balance: (it) => client.accountBalance(initiated(it)),
  reversal: (it) =>
    client.reversal({
      ...initiated(it),
      TransactionID: it.receipt,
      Amount: it.amount,
      ReceiverParty: SHOP.shortcode,
    }),
});

// mpesa-node, Safaricom's own for Node: its address is an attribute of the client, `baseURL`.

import { load, serve, SHOP } from "./lines.mjs";

const Mpesa = load("mpesa-node");
const client = new Mpesa({
  consumerKey: SHOP.consumer_key,
  consumerSecret: SHOP.consumer_secret,
  environment: "sandbox",
  shortCode: SHOP.shortcode,
  lipaNaMpesaShortCode: SHOP.shortcode,
  lipaNaMpesaShortPass: SHOP.passkey,
  initiatorName: SHOP.initiator,
  securityCredential: SHOP.security_credential,
  certPath: load.resolve("mpesa-node/keys/sandbox-cert.cer"),
});
client.baseURL = SHOP.url;

const data = (call) => async (given) => (await call(given)).data;

await serve({
  token: async () => (await client.oAuth()).data.access_token,
  push: data((it) =>
    client.lipaNaMpesaOnline(it.phone, it.amount, it.url, it.reference, "Deposit"),
  ),
  query: data((it) => client.lipaNaMpesaQuery(it.checkout_request_id)),
  register: data((it) => client.c2bRegister(it.confirmation_url, it.validation_url)),
  simulate: data((it) => client.c2bSimulate(it.phone, it.amount, it.reference)),
  b2c: data((it) =>
    client.b2c(SHOP.shortcode, it.phone, it.amount, it.timeout_url, it.result_url),
  ),
  status: data((it) =>
    client.transactionStatus(it.receipt, SHOP.shortcode, 4, it.timeout_url, it.result_url),
  ),
  balance: data((it) => client.accountBalance(SHOP.shortcode, 4, it.timeout_url, it.result_url)),
  reversal: data((it) =>
    client.reversal(it.receipt, it.amount, it.timeout_url, it.result_url),
  ),
});

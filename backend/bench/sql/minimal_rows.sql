-- Deposits for the minimal function to settle; those with an id above `many` belong to one wallet.
-- bench/yardsticks.py puts numbers in place of the words in braces.
INSERT INTO b_wallet (id, balance) SELECT n, 0 FROM generate_series(1, {wallets}) AS n;
INSERT INTO b_tx (id, wallet_id, amount, phone, checkout_request_id, status)
SELECT n, CASE WHEN n > {many} THEN 1 ELSE 1 + n % {wallets} END, {amount}, '254700000000',
       'ws_CO_B' || lpad(n::text, {digits}, '0'), 'PENDING'
  FROM generate_series(1, {count}) AS n;

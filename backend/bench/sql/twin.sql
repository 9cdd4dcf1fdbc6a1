-- Customers, wallets and PENDING deposits of the plain Django application (bench/twin).
-- bench/yardsticks.py puts numbers in place of the words in braces.
INSERT INTO auth_user (id, username, password, first_name, last_name, email, is_superuser, is_staff,
                       is_active, date_joined)
SELECT n, '2547' || ({first_phone} + n), '!', '', '', '', false, false, true, now()
  FROM generate_series(1, {customers}) AS n;
INSERT INTO authtoken_token (key, user_id, created)
SELECT rpad(lpad(n::text, 15, '0'), {token_length}, 'b'), n, now()
  FROM generate_series(1, {customers}) AS n;
INSERT INTO twin_wallet (user_id, balance, updated_at)
SELECT n, 0, now() FROM generate_series(1, {customers}) AS n;
INSERT INTO twin_transaction (id, user_id, amount, phone_number, status, merchant_request_id,
                              checkout_request_id, mpesa_receipt_number, result_desc, created_at,
                              updated_at)
SELECT n, 1 + n % {wallets}, {amount}, '254700000000', 'PENDING', 'bench-' || n,
       'ws_CO_B' || lpad(n::text, {digits}, '0'), '', '', now(), now()
  FROM generate_series(1, {deposits}) AS n;

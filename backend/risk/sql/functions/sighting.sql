-- From where a customer signed in or deposited, as keyed hashes; NULL: nobody can tell.

-- A row that was written within the hour is left alone: most requests only read it.
CREATE OR REPLACE FUNCTION risk_sighting_record(
    p_user_id bigint, p_address_hash text, p_device_hash text, p_now timestamptz
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO risk_sighting AS old (user_id, kind, value_hash, first_seen_at, last_seen_at)
    SELECT p_user_id, seen.kind, seen.value_hash, p_now, p_now
      FROM (VALUES ('address', p_address_hash), ('device', p_device_hash)) AS seen (kind, value_hash)
     WHERE seen.value_hash IS NOT NULL
    ON CONFLICT (user_id, kind, value_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at
     WHERE old.last_seen_at < excluded.last_seen_at - interval '1 hour'
$$;

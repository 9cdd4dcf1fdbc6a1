-- Records the network address and device from which a customer signs in or deposits.

-- Record a sighting of a customer at this address and device, each a keyed hash, or NULL where
-- unknown. A row that was updated less than an hour ago is not written again, so that most requests
-- write nothing.
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

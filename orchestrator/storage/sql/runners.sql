-- name: put
INSERT INTO stage_runners (registration_id, runner_id, runner_type, address, modes, max_concurrent, metadata,
                           process_uid, draining, registered_us, heartbeat_us, expires_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (registration_id) DO UPDATE
SET address = excluded.address, modes = excluded.modes, max_concurrent = excluded.max_concurrent,
    metadata = excluded.metadata, draining = excluded.draining, heartbeat_us = excluded.heartbeat_us,
    expires_us = excluded.expires_us

-- name: all
SELECT registration_id, runner_id, runner_type, address, modes, max_concurrent, metadata, process_uid, draining,
       registered_us, heartbeat_us, expires_us
FROM stage_runners ORDER BY registered_us

-- name: delete
DELETE FROM stage_runners WHERE registration_id = ?

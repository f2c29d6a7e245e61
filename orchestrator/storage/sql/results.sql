-- name: put
INSERT INTO check_results (check_key, owner_type, owner_id, data, failure, superseded, created_us, finalized_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (check_key, owner_type, owner_id) DO UPDATE
SET data = excluded.data, failure = excluded.failure, superseded = excluded.superseded,
    finalized_us = excluded.finalized_us

-- name: of_owner
SELECT id, owner_type, owner_id, data, failure, superseded, created_us, finalized_us
FROM check_results WHERE check_key = ? AND owner_type = ? AND owner_id = ?

-- name: of_check
SELECT id, owner_type, owner_id, data, failure, superseded, created_us, finalized_us
FROM check_results WHERE check_key = ? ORDER BY id

-- name: finalize
UPDATE check_results SET finalized_us = ? WHERE check_key = ? AND finalized_us IS NULL AND superseded = 0

-- name: red
SELECT owner_type, owner_id, failure
FROM check_results
WHERE check_key = ? AND failure IS NOT NULL AND finalized_us IS NOT NULL AND superseded = 0
ORDER BY id LIMIT 1

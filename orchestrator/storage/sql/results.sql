-- name: put
INSERT INTO check_results (check_key, owner_type, owner_id, attempt, data, failure, created_us, finalized_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (check_key, owner_type, owner_id) DO UPDATE
SET attempt = excluded.attempt, data = excluded.data, failure = excluded.failure,
    finalized_us = excluded.finalized_us

-- name: of_owner
SELECT id, owner_type, owner_id, data, failure, created_us, finalized_us
FROM check_results WHERE check_key = ? AND owner_type = ? AND owner_id = ?

-- name: of_checks
SELECT check_key, id, owner_type, owner_id, data, failure, created_us, finalized_us
FROM check_results WHERE check_key IN (SELECT value FROM json_each(?)) ORDER BY id

-- name: finalize
-- Results of an attempt that was followed by another one stay as they are.
UPDATE check_results SET finalized_us = ?
WHERE check_key = ? AND finalized_us IS NULL
  AND NOT EXISTS (SELECT 1 FROM stage_attempts AS a JOIN stage_attempts AS later
                  ON later.stage = a.stage AND later.idx = a.idx + 1 WHERE a.key = check_results.attempt)

-- name: red
SELECT id, owner_type, owner_id, failure
FROM check_results
WHERE check_key = ? AND failure IS NOT NULL AND finalized_us IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM stage_attempts AS a JOIN stage_attempts AS later
                  ON later.stage = a.stage AND later.idx = a.idx + 1 WHERE a.key = check_results.attempt)

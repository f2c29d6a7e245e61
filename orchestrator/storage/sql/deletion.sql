-- name: oldest_finished
SELECT MIN(finished_us) FROM work_plans WHERE finished_us IS NOT NULL AND doomed = 0

-- name: count_finished
SELECT COUNT(*) FROM work_plans WHERE finished_us IS NOT NULL AND doomed = 0

-- name: doom
-- From here on nobody finds the plan, and its idempotency key is free.
UPDATE work_plans SET doomed = 1, idempotency_key = NULL
WHERE checks_open = 0 AND stages_open = 0
  AND key IN (SELECT key FROM work_plans WHERE finished_us IS NOT NULL AND doomed = 0 AND finished_us <= ?
              ORDER BY finished_us LIMIT ?)
RETURNING key, checks_total, stages_total

-- name: eligible
SELECT COUNT(*), COALESCE(SUM(checks_total), 0), COALESCE(SUM(stages_total), 0)
FROM (SELECT checks_total, stages_total FROM work_plans
      WHERE finished_us IS NOT NULL AND doomed = 0 AND finished_us <= ? ORDER BY finished_us LIMIT ?) AS found

-- name: next_doomed
SELECT key FROM work_plans WHERE doomed = 1 LIMIT 1

-- name: events
DELETE FROM events
WHERE plan = ?1 AND sequence IN (SELECT sequence FROM events WHERE plan = ?1 ORDER BY sequence LIMIT ?2)

-- name: edges
DELETE FROM dependencies
WHERE plan = ?1 AND (target_kind, target_id, source_kind, source, condition) IN (
    SELECT target_kind, target_id, source_kind, source, condition FROM dependencies WHERE plan = ?1 LIMIT ?2)

-- name: assignments
DELETE FROM assignments
WHERE (stage, position) IN (SELECT stage, position FROM assignments WHERE plan = ? LIMIT ?)

-- name: checks
SELECT key FROM checks WHERE plan = ? LIMIT ?

-- name: results
DELETE FROM check_results WHERE id IN (SELECT id FROM check_results WHERE check_key = ? LIMIT ?)

-- name: check
DELETE FROM checks WHERE key = ?

-- name: stages
-- Children before the stage that spawned them.
SELECT key FROM stages WHERE plan = ? ORDER BY key DESC LIMIT ?

-- name: progress
DELETE FROM attempt_progress WHERE attempt IN (SELECT key FROM stage_attempts WHERE stage = ?)

-- name: logs
DELETE FROM attempt_logs WHERE attempt IN (SELECT key FROM stage_attempts WHERE stage = ?)

-- name: attempts
DELETE FROM stage_attempts WHERE stage = ?

-- name: stage
DELETE FROM stages WHERE key = ?

-- name: plan
DELETE FROM work_plans WHERE key = ? AND doomed = 1

-- name: insert
INSERT INTO stage_attempts (execution_id, plan, stage, idx, state, runner_type, mode, priority, registration,
                            process_uid, deadline_us, due_us, heard_us, created_us, started_us, updated_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: by_execution
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts WHERE execution_id = ?

-- name: of_stage
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts WHERE stage = ? ORDER BY idx

-- name: newest
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts WHERE stage = ? ORDER BY idx DESC LIMIT 1

-- name: next_queued
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts
WHERE state = 10 AND due_us IS NULL AND runner_type = ? AND mode = ? AND plan = ?
ORDER BY priority DESC, key LIMIT 1

-- name: queued
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts
WHERE state = 10 AND due_us IS NULL AND runner_type = ? AND mode = ?
ORDER BY updated_us

-- name: any_queued
SELECT 1 FROM stage_attempts WHERE state = 10 AND due_us IS NULL AND runner_type = ? AND mode = ? LIMIT 1

-- name: queues
SELECT runner_type, mode, plan FROM stage_attempts
WHERE state = 10 AND due_us IS NULL AND runner_type <> ''
GROUP BY runner_type, mode, plan
ORDER BY MIN(key)

-- name: live
-- Every attempt that a runner holds, or may hold.
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts WHERE state IN (20, 30) ORDER BY key

-- name: live_of_plan
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts WHERE plan = ? AND state < 40 ORDER BY key

-- name: any_live
SELECT 1 FROM stage_attempts WHERE plan = ? AND state < 40 LIMIT 1

-- name: due
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts WHERE due_us <= ? ORDER BY due_us LIMIT ?

-- name: next_due
SELECT MIN(due_us) FROM stage_attempts WHERE due_us IS NOT NULL

-- name: claim
UPDATE stage_attempts
SET state = ?, registration = ?, process_uid = ?, deadline_us = ?, due_us = ?, heard_us = ?, started_us = ?,
    updated_us = ?
WHERE key = ? AND state = 10

-- name: hold
-- Claiming ends the backoff.
UPDATE stage_attempts
SET state = ?, process_uid = ?, due_us = NULL, heard_us = ?, started_us = COALESCE(started_us, ?), updated_us = ?
WHERE key = ? AND state < 40

-- name: run
UPDATE stage_attempts SET state = 30, process_uid = ?, due_us = ?, heard_us = ?, updated_us = ?
WHERE key = ? AND state < 30

-- name: wake_at
UPDATE stage_attempts SET due_us = ?, updated_us = ? WHERE key = ? AND state = ?

-- name: hear
UPDATE stage_attempts SET state = 30, heard_us = ?, due_us = ?, updated_us = ? WHERE key = ? AND state IN (20, 30)

-- name: detail
UPDATE stage_attempts SET details = ?, updated_us = ? WHERE key = ?

-- name: end
UPDATE stage_attempts
SET state = ?, failure = ?, details = ?, answer_digest = ?, due_us = NULL, ended_us = ?, updated_us = ?
WHERE key = ? AND state = ?

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

-- name: of_stages
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts WHERE stage IN (SELECT value FROM json_each(?)) ORDER BY stage, idx

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

-- name: next_spared
-- As next_queued, in a plan that is cancelled.
SELECT a.key, a.execution_id, a.plan, a.stage, a.idx, a.state, a.runner_type, a.mode, a.priority, a.registration,
       a.process_uid, a.deadline_us, a.due_us, a.heard_us, a.answer_digest, a.failure, a.details, a.created_us,
       a.started_us, a.ended_us, a.updated_us
FROM stages AS s JOIN stage_attempts AS a ON a.stage = s.key
WHERE s.plan = ?3 AND s.always = 1 AND s.state < 40
  AND a.state = 10 AND a.due_us IS NULL AND a.runner_type = ?1 AND a.mode = ?2
ORDER BY a.priority DESC, a.key LIMIT 1

-- name: held
-- The attempts of a plan that a runner holds, or may hold.
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts WHERE plan = ? AND state < 40 AND state IN (20, 30) LIMIT ?

-- name: impatient
-- Queued attempts whose stage, or else the server, says how long to wait for a runner.
SELECT COALESCE(s.no_runner_us, ?1), a.key, a.execution_id, a.plan, a.stage, a.idx, a.state, a.runner_type, a.mode,
       a.priority, a.registration, a.process_uid, a.deadline_us, a.due_us, a.heard_us, a.answer_digest, a.failure,
       a.details, a.created_us, a.started_us, a.ended_us, a.updated_us
FROM stage_attempts AS a JOIN stages AS s ON s.key = a.stage
WHERE a.state = 10 AND a.due_us IS NULL AND a.runner_type = ?2 AND a.mode = ?3
  AND COALESCE(s.no_runner_us, ?1) IS NOT NULL

-- name: any_queued
SELECT 1 FROM stage_attempts WHERE state = 10 AND due_us IS NULL AND runner_type = ? AND mode = ? LIMIT 1

-- name: queues
SELECT runner_type, mode, plan FROM stage_attempts
WHERE state = 10 AND due_us IS NULL AND runner_type <> ''
GROUP BY runner_type, mode, plan
ORDER BY MIN(key)

-- name: live
-- Every attempt that a runner holds, or may hold. Condition and order are those of the index: by key, SQLite would
-- read the whole table.
SELECT key, execution_id, plan, stage, idx, state, runner_type, mode, priority, registration, process_uid, deadline_us,
       due_us, heard_us, answer_digest, failure, details, created_us, started_us, ended_us, updated_us
FROM stage_attempts WHERE state < 40 AND state IN (20, 30) ORDER BY plan

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

-- name: end_with_runner
UPDATE stage_attempts SET due_us = ?, updated_us = ? WHERE registration = ? AND state = 30 AND due_us > ?

-- name: detail
UPDATE stage_attempts SET details = ?, updated_us = ? WHERE key = ?

-- name: end
UPDATE stage_attempts
SET state = ?, failure = ?, details = ?, answer_digest = ?, due_us = NULL, ended_us = ?, updated_us = ?
WHERE key = ? AND state = ?

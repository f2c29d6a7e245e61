-- name: insert
INSERT INTO work_plans (id, metadata, idempotency_key, fail_fast, deadline_us, due_us, created_us, updated_us, name,
                        held, held_after)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, COALESCE((SELECT MAX(key) FROM stages), 0))

-- name: by_id
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       fail_fast, failed_fast, deadline_us, cancelled_us, cancel_reason, closing, closing_after, created_us, updated_us,
       status, held, held_after, finished_us
FROM work_plans WHERE id = ? AND doomed = 0

-- name: by_key
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       fail_fast, failed_fast, deadline_us, cancelled_us, cancel_reason, closing, closing_after, created_us, updated_us,
       status, held, held_after, finished_us
FROM work_plans WHERE key = ?

-- name: by_idempotency_key
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       fail_fast, failed_fast, deadline_us, cancelled_us, cancel_reason, closing, closing_after, created_us, updated_us,
       status, held, held_after, finished_us
FROM work_plans WHERE idempotency_key = ?

-- name: page
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       fail_fast, failed_fast, deadline_us, cancelled_us, cancel_reason, closing, closing_after, created_us, updated_us,
       status, held, held_after, finished_us
FROM work_plans WHERE key < ? AND doomed = 0 ORDER BY key DESC LIMIT ?

-- name: page_of_status
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       fail_fast, failed_fast, deadline_us, cancelled_us, cancel_reason, closing, closing_after, created_us, updated_us,
       status, held, held_after, finished_us
FROM work_plans WHERE status = ? AND key < ? AND doomed = 0 ORDER BY key DESC LIMIT ?

-- name: page_of_name
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       fail_fast, failed_fast, deadline_us, cancelled_us, cancel_reason, closing, closing_after, created_us, updated_us,
       status, held, held_after, finished_us
FROM work_plans WHERE name = ? AND status = ? AND key < ? AND doomed = 0 ORDER BY key DESC LIMIT ?

-- name: next_released
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       fail_fast, failed_fast, deadline_us, cancelled_us, cancel_reason, closing, closing_after, created_us, updated_us,
       status, held, held_after, finished_us
FROM work_plans WHERE held = 2 LIMIT 1

-- name: advance
-- One statement a unit of work: the counters, and room for its events.
UPDATE work_plans
SET version = version + 1, event_sequence = event_sequence + ?, checks_total = checks_total + ?,
    stages_total = stages_total + ?, checks_open = checks_open + ?, stages_open = stages_open + ?,
    nodes_failed = nodes_failed + ?, updated_us = ?
WHERE key = ?
RETURNING event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed, held,
          cancelled_us IS NOT NULL AND failed_fast = 0, status

-- name: reserve_sequence
UPDATE work_plans SET event_sequence = event_sequence + 1 WHERE key = ? RETURNING event_sequence

-- name: sum_up
UPDATE work_plans SET status = ?, finished_us = ? WHERE key = ?

-- name: release
UPDATE work_plans SET held = 2, version = version + 1, updated_us = ? WHERE key = ? AND held = 1

-- name: released_to
-- Its stages up to a key are released, or all of them.
UPDATE work_plans SET held = ?, held_after = ? WHERE key = ? AND held = 2

-- name: cancel
UPDATE work_plans
SET held = 0, cancelled_us = ?, cancel_reason = ?, failed_fast = ?, closing = 2, closing_after = 0, due_us = NULL,
    version = version + 1, updated_us = ?
WHERE key = ? AND cancelled_us IS NULL

-- name: close
-- How far a cancellation has come.
UPDATE work_plans SET closing = ?, closing_after = ? WHERE key = ?

-- name: closing
SELECT key FROM work_plans WHERE closing > 0

-- name: due
SELECT key FROM work_plans WHERE due_us <= ? ORDER BY due_us LIMIT ?

-- name: next_due
SELECT MIN(due_us) FROM work_plans WHERE due_us IS NOT NULL

-- name: looked_at
UPDATE work_plans SET due_us = NULL WHERE key = ?

-- name: insert
INSERT INTO work_plans (id, metadata, idempotency_key, created_us, updated_us) VALUES (?, ?, ?, ?, ?)

-- name: by_id
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       cancelled_us, cancel_reason, created_us, updated_us
FROM work_plans WHERE id = ?

-- name: by_key
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       cancelled_us, cancel_reason, created_us, updated_us
FROM work_plans WHERE key = ?

-- name: by_idempotency_key
SELECT key, id, metadata, version, event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed,
       cancelled_us, cancel_reason, created_us, updated_us
FROM work_plans WHERE idempotency_key = ?

-- name: advance
-- One statement a unit of work: the counters, and room for its events.
UPDATE work_plans
SET version = version + 1, event_sequence = event_sequence + ?, checks_total = checks_total + ?,
    stages_total = stages_total + ?, checks_open = checks_open + ?, stages_open = stages_open + ?,
    nodes_failed = nodes_failed + ?, updated_us = ?
WHERE key = ?
RETURNING event_sequence, checks_total, stages_total, checks_open, stages_open, nodes_failed

-- name: reserve_sequence
UPDATE work_plans SET event_sequence = event_sequence + 1 WHERE key = ? RETURNING event_sequence

-- name: cancel
UPDATE work_plans SET cancelled_us = ?, cancel_reason = ?, version = version + 1, updated_us = ?
WHERE key = ? AND cancelled_us IS NULL

-- name: insert
INSERT INTO events (plan, sequence, at_us, kind, node_id, old_state, new_state, outcome, cause)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: after
SELECT sequence, at_us, kind, node_id, old_state, new_state, outcome, cause
FROM events WHERE plan = ? AND sequence > ? ORDER BY sequence LIMIT ?

-- name: insert
INSERT INTO events (plan, sequence, at_us, kind, node_id, old_state, new_state, outcome, cause, attempt,
                    attempt_state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: after
SELECT sequence, at_us, kind, node_id, old_state, new_state, outcome, cause, attempt, attempt_state
FROM events WHERE plan = ? AND sequence > ? ORDER BY sequence LIMIT ?

-- name: holds
SELECT 1 FROM events WHERE plan = ? AND sequence = ?

-- name: insert
INSERT INTO cascades (plan, kind, node, node_id, old_state, outcome, spared, told_kind, told)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: oldest
SELECT key, plan, kind, node, node_id, old_state, outcome, spared, told_kind, told
FROM cascades WHERE plan = ? ORDER BY key LIMIT ?

-- name: forget
DELETE FROM cascades WHERE plan = ? AND key <= ?

-- name: any_of
SELECT 1 FROM cascades WHERE plan = ? LIMIT 1

-- name: plans
SELECT DISTINCT plan FROM cascades

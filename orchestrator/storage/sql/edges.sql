-- name: insert
INSERT INTO dependencies (plan, target_kind, target_id, source_kind, source, condition, position, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: delete
DELETE FROM dependencies WHERE source_kind = ? AND source = ?

-- name: of_source
SELECT target_kind, target_id, condition, state FROM dependencies WHERE source_kind = ? AND source = ? ORDER BY position

-- name: resolve
UPDATE dependencies
SET state = CASE WHEN condition IN ('FINISHED', ?1) THEN 1 ELSE 2 END
WHERE plan = ?2 AND target_kind = ?3 AND target_id = ?4 AND state = 0

-- name: awaited
SELECT 1 FROM dependencies WHERE plan = ? AND target_kind = ? AND target_id = ? LIMIT 1

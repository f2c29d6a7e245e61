-- name: insert
INSERT INTO dependencies (plan, target_kind, target_id, source_kind, source, condition, position, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: awaited_of
-- Those of some nodes that others depend on.
SELECT value FROM json_each(?3) AS node
WHERE EXISTS (SELECT 1 FROM dependencies WHERE plan = ?1 AND target_kind = ?2 AND target_id = node.value)

-- name: delete
DELETE FROM dependencies WHERE source_kind = ? AND source = ?

-- name: of_source
SELECT target_kind, target_id, condition, state FROM dependencies WHERE source_kind = ? AND source = ? ORDER BY position

-- name: of_sources
SELECT source, target_kind, target_id, condition, state
FROM dependencies WHERE source_kind = ? AND source IN (SELECT value FROM json_each(?)) ORDER BY source, position

-- name: resolve
UPDATE dependencies
SET state = CASE WHEN condition IN ('FINISHED', ?1) THEN 1 ELSE 2 END
WHERE plan = ?2 AND target_kind = ?3 AND target_id = ?4 AND state = 0

-- name: resolve_between
-- As resolve, for the sources from a place on to another one.
UPDATE dependencies
SET state = CASE WHEN condition IN ('FINISHED', ?1) THEN 1 ELSE 2 END
WHERE plan = ?2 AND target_kind = ?3 AND target_id = ?4 AND state = 0
  AND (source_kind, source) > (?5, ?6) AND (source_kind, source) <= (?7, ?8)

-- name: waiting
-- The open edges to a target, as far as that matters.
SELECT target_id, source_kind, source, condition FROM dependencies
WHERE plan = ? AND target_kind = ? AND target_id = ? AND state = 0 LIMIT ?

-- name: waiting_after
-- As waiting, in the order of the sources, from a place on.
SELECT target_id, source_kind, source, condition FROM dependencies
WHERE plan = ? AND target_kind = ? AND target_id = ? AND (source_kind, source) > (?, ?) AND state = 0
ORDER BY source_kind, source LIMIT ?

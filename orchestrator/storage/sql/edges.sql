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

-- name: resolve_page
-- As resolve, for the sources of one page.
UPDATE dependencies
SET state = CASE WHEN condition IN ('FINISHED', ?1) THEN 1 ELSE 2 END
WHERE plan = ?2 AND target_kind = ?3 AND target_id = ?4 AND state = 0
  AND source_kind = ?5 AND source > ?6 AND source <= ?7

-- name: page_end
-- The last source of a page that begins after another one.
SELECT source FROM dependencies
WHERE plan = ? AND target_kind = ? AND target_id = ? AND source_kind = ? AND source > ?
ORDER BY source LIMIT 1 OFFSET ?

-- name: count_awaiting
-- How many edges a target has, as far as that matters.
SELECT COUNT(*)
FROM (SELECT 1 FROM dependencies WHERE plan = ? AND target_kind = ? AND target_id = ? LIMIT ?) AS edge

-- name: waiting
-- The open edges to a target, as far as that matters.
SELECT source_kind, source, condition FROM dependencies
WHERE plan = ? AND target_kind = ? AND target_id = ? AND state = 0 LIMIT ?

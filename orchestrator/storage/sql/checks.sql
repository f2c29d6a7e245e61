-- name: last_key
-- The largest key that was ever given.
SELECT seq FROM sqlite_sequence WHERE name = 'checks'

-- name: insert
INSERT INTO checks (key, plan, id, state, written_state, kind, options, predicate, edges_needed, edges_total,
                    edges_satisfied, edges_failed, external, version, created_us, updated_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: outcomes_of
-- Those of some ids that exist, and how they ended.
SELECT id, outcome FROM checks WHERE plan = ? AND id IN (SELECT value FROM json_each(?))

-- name: by_id
SELECT key, plan, id, state, written_state, kind, options, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, internal_edges, external, outcome, cause, version, created_us, updated_us
FROM checks WHERE plan = ? AND id = ?

-- name: following
-- One page of a plan.
SELECT key, plan, id, state, written_state, kind, options, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, internal_edges, external, outcome, cause, version, created_us, updated_us
FROM checks
WHERE plan = ? AND key > ? AND state IN (SELECT value FROM json_each(?))
ORDER BY key LIMIT ?

-- name: bound
-- The key of one that comes later in a plan.
SELECT key FROM checks WHERE plan = ? AND key > ? ORDER BY key LIMIT 1 OFFSET ?

-- name: open_between
SELECT key, plan, id, state, written_state, kind, options, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, internal_edges, external, outcome, cause, version, created_us, updated_us
FROM checks
WHERE plan = ? AND key > ? AND key <= ? AND state < 40
ORDER BY key LIMIT ?

-- name: named
-- One page of the nodes with these ids. The plus keeps SQLite from walking through the whole plan in order of keys.
SELECT key, plan, id, state, written_state, kind, options, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, internal_edges, external, outcome, cause, version, created_us, updated_us
FROM checks
WHERE plan = ?1 AND key > ?2 AND state IN (SELECT value FROM json_each(?3)) AND id IN (SELECT value FROM json_each(?5))
ORDER BY +key LIMIT ?4

-- name: state_of
SELECT key, state, outcome FROM checks WHERE plan = ? AND id = ?

-- name: move
UPDATE checks SET state = ?, version = version + 1, updated_us = ? WHERE key = ? AND state = ?

-- name: finish
UPDATE checks SET state = 40, outcome = ?, cause = ?, version = version + 1, updated_us = ? WHERE key = ? AND state = ?

-- name: edit
UPDATE checks
SET written_state = ?, kind = ?, options = ?, predicate = ?, edges_needed = ?, edges_total = ?, edges_satisfied = ?,
    edges_failed = ?, external = ?, version = version + 1, updated_us = ?
WHERE key = ?

-- name: touch
UPDATE checks SET version = version + 1, updated_us = ? WHERE key = ?

-- name: mark_internal
UPDATE checks SET internal_edges = 1 WHERE key = ?

-- name: any_external_open
SELECT 1 FROM checks WHERE plan = ? AND external = 1 AND state < 40 LIMIT 1

-- name: count_edges
-- Targets became FINAL: count them at a check that waits for them.
UPDATE checks SET edges_satisfied = edges_satisfied + ?, edges_failed = edges_failed + ? WHERE key = ?

-- name: decided
-- One that is PLANNED and waits for no more edges, or has to be looked at though it does.
SELECT key, plan, id, state, written_state, kind, options, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, internal_edges, external, outcome, cause, version, created_us, updated_us
FROM checks
WHERE key = ? AND state = 20
  AND (edges_satisfied >= edges_needed OR edges_total - edges_failed < edges_needed OR internal_edges = 1)

-- name: insert
INSERT INTO assignments (stage, position, plan, check_id, goal) VALUES (?, ?, ?, ?, ?)

-- name: answered_of
-- Those of some checks that stages are assigned to.
SELECT value FROM json_each(?2) AS node
WHERE EXISTS (SELECT 1 FROM assignments WHERE plan = ?1 AND check_id = node.value)

-- name: delete
DELETE FROM assignments WHERE stage = ?

-- name: of_stage
SELECT check_id, goal FROM assignments WHERE stage = ? ORDER BY position

-- name: of_stages
SELECT stage, check_id, goal FROM assignments WHERE stage IN (SELECT value FROM json_each(?)) ORDER BY stage, position

-- name: assigned_checks
-- The checks of a stage that exist.
SELECT a.goal, c.key, c.plan, c.id, c.state, c.written_state, c.kind, c.options, c.predicate, c.edges_needed,
       c.edges_total, c.edges_satisfied, c.edges_failed, c.internal_edges, c.external, c.outcome, c.cause, c.version, c.created_us,
       c.updated_us
FROM assignments AS a JOIN checks AS c ON c.plan = a.plan AND c.id = a.check_id
WHERE a.stage = ?
ORDER BY a.position

-- name: any_of
SELECT 1 FROM assignments WHERE stage = ? LIMIT 1

-- name: assigned_states
SELECT c.state
FROM assignments AS a LEFT JOIN checks AS c ON c.plan = a.plan AND c.id = a.check_id
WHERE a.stage = ?

-- name: stages_of
SELECT stage, goal FROM assignments WHERE plan = ? AND check_id = ? ORDER BY stage

-- name: unanswered_by
-- The checks that a stage was to finish, and that are not FINAL.
SELECT c.key, c.plan, c.id, c.state, c.written_state, c.kind, c.options, c.predicate, c.edges_needed,
       c.edges_total, c.edges_satisfied, c.edges_failed, c.internal_edges, c.external, c.outcome, c.cause, c.version, c.created_us,
       c.updated_us
FROM assignments AS a JOIN checks AS c ON c.plan = a.plan AND c.id = a.check_id
WHERE a.stage = ? AND a.goal = 40 AND c.state < 40
ORDER BY a.position

-- name: offered_to
-- The checks that a stage is to answer, and that are not FINAL.
SELECT a.stage, c.key, c.plan, c.id, c.state, c.written_state, c.kind, c.options, c.predicate, c.edges_needed,
       c.edges_total, c.edges_satisfied, c.edges_failed, c.internal_edges, c.external, c.outcome, c.cause, c.version, c.created_us,
       c.updated_us
FROM assignments AS a JOIN checks AS c ON c.plan = a.plan AND c.id = a.check_id
WHERE a.stage = ? AND c.state < 40
ORDER BY a.position

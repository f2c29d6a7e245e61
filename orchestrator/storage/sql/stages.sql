-- name: last_key
-- The largest key that was ever given.
SELECT seq FROM sqlite_sequence WHERE name = 'stages'

-- name: insert
INSERT INTO stages (key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total,
                    edges_satisfied, edges_failed, gates_open, priority, timeout_us, heartbeat_us, no_runner_us, retry,
                    parent, children_open, always, created_us, updated_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)

-- name: outcomes_of
-- Those of some ids that exist, and how they ended.
SELECT id, outcome FROM stages WHERE plan = ? AND id IN (SELECT value FROM json_each(?))

-- name: by_id
SELECT key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us
FROM stages WHERE plan = ? AND id = ?

-- name: by_key
SELECT key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us
FROM stages WHERE key = ?

-- name: answering
-- The stages that are assigned to a check, with the state that they bring it to.
SELECT a.goal, s.key, s.plan, s.id, s.state, s.written_state, s.runner_type, s.mode, s.args, s.predicate, s.edges_needed,
       s.edges_total, s.edges_satisfied, s.edges_failed, s.gates_open, s.internal_edges, s.priority, s.timeout_us,
       s.heartbeat_us, s.no_runner_us, s.retry, s.parent, s.children_open, s.children_failed, s.always, s.attempts, s.attempts_lost,
       s.attempts_red, s.attempts_refused, s.offered, s.outcome, s.concluded_reason, s.cause, s.version, s.created_us,
       s.updated_us
FROM assignments AS a JOIN stages AS s ON s.key = a.stage
WHERE a.plan = ? AND a.check_id = ?
ORDER BY a.stage

-- name: startable_by
-- The stages that are assigned to a check, and that no runner may have taken yet: PLANNED, or ATTEMPTING.
SELECT a.check_id, s.key, s.plan, s.id, s.state, s.written_state, s.runner_type, s.mode, s.args, s.predicate, s.edges_needed,
       s.edges_total, s.edges_satisfied, s.edges_failed, s.gates_open, s.internal_edges, s.priority, s.timeout_us,
       s.heartbeat_us, s.no_runner_us, s.retry, s.parent, s.children_open, s.children_failed, s.always, s.attempts, s.attempts_lost,
       s.attempts_red, s.attempts_refused, s.offered, s.outcome, s.concluded_reason, s.cause, s.version, s.created_us,
       s.updated_us
FROM assignments AS a JOIN stages AS s ON s.key = a.stage
WHERE a.plan = ? AND a.check_id = ? AND s.state < 30
ORDER BY a.stage

-- name: following
-- One page of a plan.
SELECT key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us
FROM stages
WHERE plan = ? AND key > ? AND state IN (SELECT value FROM json_each(?))
ORDER BY key LIMIT ?

-- name: bound
-- The key of one that comes later in a plan.
SELECT key FROM stages WHERE plan = ? AND key > ? ORDER BY key LIMIT 1 OFFSET ?

-- name: open_between
SELECT key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us
FROM stages
WHERE plan = ? AND key > ? AND key <= ? AND state < 40
ORDER BY key LIMIT ?

-- name: named
-- One page of the nodes with these ids. The plus keeps SQLite from walking through the whole plan in order of keys.
SELECT key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us
FROM stages
WHERE plan = ?1 AND key > ?2 AND state IN (SELECT value FROM json_each(?3)) AND id IN (SELECT value FROM json_each(?5))
ORDER BY +key LIMIT ?4

-- name: state_of
SELECT key, state, outcome FROM stages WHERE plan = ? AND id = ?

-- name: ids_of
SELECT key, id FROM stages WHERE key IN (SELECT value FROM json_each(?))

-- name: id_of
SELECT id FROM stages WHERE key = ?

-- name: parent_of
SELECT parent FROM stages WHERE key = ?

-- name: open_children
SELECT key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us
FROM stages WHERE parent = ? AND key > ? AND state < 40 ORDER BY key LIMIT ?

-- name: spared
-- What cancelling a plan leaves alone.
SELECT key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us
FROM stages WHERE plan = ? AND always = 1 AND state < 40 ORDER BY key

-- name: spared_checks
-- The checks that spared stages are to finish.
SELECT a.check_id
FROM stages AS s JOIN assignments AS a ON a.stage = s.key
WHERE s.plan = ? AND s.always = 1 AND s.state < 40 AND a.goal = 40

-- name: startable
-- The stages of a plan that nothing but its being held kept from starting.
SELECT key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us
FROM stages
WHERE plan = ? AND key > ? AND state = 10 AND gates_open = 0 AND edges_satisfied >= edges_needed
ORDER BY key LIMIT ?

-- name: children
SELECT id FROM stages WHERE parent = ? ORDER BY key

-- name: edit
UPDATE stages
SET runner_type = ?, mode = ?, args = ?, predicate = ?, edges_needed = ?, edges_total = ?, edges_satisfied = ?,
    edges_failed = ?, priority = ?, timeout_us = ?, heartbeat_us = ?, no_runner_us = ?, retry = ?, always = ?, version = version + 1,
    updated_us = ?
WHERE key = ? AND state = 10

-- name: set_gates
UPDATE stages SET gates_open = ?, internal_edges = ? WHERE key = ?

-- name: open_gate
-- A check that held stages back does so no longer.
UPDATE stages SET gates_open = gates_open - 1
WHERE state = 10 AND internal_edges = 0 AND gates_open > 0
  AND key IN (SELECT stage FROM assignments WHERE plan = ? AND check_id = ?)
RETURNING key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us

-- name: start
UPDATE stages
SET state = 20, attempts = attempts + 1, offered = ?, version = version + 1, updated_us = ?
WHERE key = ? AND state = 10

-- name: start_again
UPDATE stages
SET attempts = attempts + 1, attempts_lost = attempts_lost + ?, attempts_red = attempts_red + ?,
    attempts_refused = attempts_refused + ?, version = version + 1, updated_us = ?
WHERE key = ? AND state = 20

-- name: await_group
UPDATE stages SET state = 30, version = version + 1, updated_us = ? WHERE key = ? AND state = 20

-- name: finish
UPDATE stages
SET state = 40, outcome = ?, concluded_reason = ?, cause = ?, version = version + 1, updated_us = ?
WHERE key = ? AND state = ?

-- name: touch
UPDATE stages SET version = version + 1, updated_us = ? WHERE key = ?

-- name: children_added
UPDATE stages SET children_open = children_open + ? WHERE key = ?

-- name: child_finished
UPDATE stages SET children_open = children_open - 1, children_failed = children_failed + ? WHERE key = ?
RETURNING key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us

-- name: count_edges
-- Targets became FINAL: count them at a stage that waits for them.
UPDATE stages SET edges_satisfied = edges_satisfied + ?, edges_failed = edges_failed + ? WHERE key = ?

-- name: decided
-- One that is PLANNED and waits for no more edges.
SELECT key, plan, id, state, written_state, runner_type, mode, args, predicate, edges_needed, edges_total, edges_satisfied,
       edges_failed, gates_open, internal_edges, priority, timeout_us, heartbeat_us, no_runner_us, retry, parent,
       children_open,       children_failed, always, attempts, attempts_lost, attempts_red, attempts_refused, offered, outcome, concluded_reason,
       cause, version, created_us, updated_us
FROM stages
WHERE key = ? AND state = 10
  AND (edges_satisfied >= edges_needed OR edges_total - edges_failed < edges_needed)

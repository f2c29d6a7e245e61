-- Times are microseconds since 1970. Payloads are bytes of google.protobuf.Struct; metadata and lists are JSON text.
-- States are the numbers of the contract. Node kinds: 1 check, 2 stage.

CREATE TABLE work_plans (
    key              INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT    NOT NULL UNIQUE,
    metadata         TEXT    NOT NULL,
    idempotency_key  TEXT    UNIQUE,
    version          INTEGER NOT NULL DEFAULT 1,
    event_sequence   INTEGER NOT NULL DEFAULT 0,
    checks_total     INTEGER NOT NULL DEFAULT 0,
    stages_total     INTEGER NOT NULL DEFAULT 0,
    checks_open      INTEGER NOT NULL DEFAULT 0,
    stages_open      INTEGER NOT NULL DEFAULT 0,
    nodes_failed     INTEGER NOT NULL DEFAULT 0,  -- FAILED or CANCELLED
    status           TEXT    NOT NULL DEFAULT 'EMPTY',
    name             TEXT    NOT NULL DEFAULT '', -- of the metadata
    held             INTEGER NOT NULL DEFAULT 0,  -- 1: nothing of it starts; 2: it is being released
    held_after       INTEGER NOT NULL DEFAULT 0,  -- its stages up to this key need not be looked at when it is released
    fail_fast        INTEGER NOT NULL DEFAULT 0,  -- the first FAILED node cancels the rest
    failed_fast      INTEGER NOT NULL DEFAULT 0,  -- it has
    deadline_us      INTEGER,
    due_us           INTEGER,                     -- when the clock must look at it
    cancelled_us     INTEGER,
    cancel_reason    TEXT,
    closing          INTEGER NOT NULL DEFAULT 0,  -- kind of the nodes that the cancellation comes to next; 0 none
    closing_after    INTEGER NOT NULL DEFAULT 0,  -- key of the last one that it has come to
    created_us       INTEGER NOT NULL,
    updated_us       INTEGER NOT NULL,
    finished_us      INTEGER,                     -- set while its status is SUCCEEDED, FAILED or CANCELLED
    doomed           INTEGER NOT NULL DEFAULT 0   -- deleted, as far as anybody can see; its rows follow
);
CREATE INDEX work_plans_by_status ON work_plans (status);
CREATE INDEX work_plans_by_name ON work_plans (name, status);
CREATE INDEX work_plans_finished ON work_plans (finished_us) WHERE finished_us IS NOT NULL AND doomed = 0;
CREATE INDEX work_plans_released ON work_plans (key) WHERE held = 2;
CREATE INDEX work_plans_doomed ON work_plans (key) WHERE doomed = 1;
CREATE INDEX work_plans_due ON work_plans (due_us) WHERE due_us IS NOT NULL;
CREATE INDEX work_plans_closing ON work_plans (closing) WHERE closing > 0;

-- The rest of cascades that were cut: nodes that are FINAL, and have not told all that depends on them.
CREATE TABLE cascades (
    key              INTEGER PRIMARY KEY AUTOINCREMENT,
    plan             INTEGER NOT NULL REFERENCES work_plans (key) ON DELETE CASCADE,
    kind             INTEGER NOT NULL,
    node             INTEGER NOT NULL,
    node_id          TEXT    NOT NULL,
    old_state        INTEGER NOT NULL,
    outcome          TEXT    NOT NULL,
    spared           INTEGER NOT NULL,            -- a stage that cancelling the plan leaves alone
    told_kind        INTEGER NOT NULL,            -- how far it has come: 1 checks, 2 stages, 3 children
    told             INTEGER NOT NULL             -- key of the last one told
);
CREATE INDEX cascades_by_plan ON cascades (plan, key);

CREATE TABLE checks (
    key              INTEGER PRIMARY KEY AUTOINCREMENT,
    plan             INTEGER NOT NULL REFERENCES work_plans (key) ON DELETE CASCADE,
    id               TEXT    NOT NULL,
    state            INTEGER NOT NULL,
    written_state    INTEGER NOT NULL,            -- the one that a writer asked for last
    kind             TEXT    NOT NULL,
    options          BLOB    NOT NULL,
    predicate        INTEGER NOT NULL,            -- 1 AND, 2 OR, 3 AT_LEAST
    edges_needed     INTEGER NOT NULL,
    edges_total      INTEGER NOT NULL,
    edges_satisfied  INTEGER NOT NULL,
    edges_failed     INTEGER NOT NULL,
    internal_edges   INTEGER NOT NULL DEFAULT 0,  -- a stage that answers it has internal edges
    external         INTEGER NOT NULL DEFAULT 0,
    outcome          TEXT,
    cause            TEXT,
    version          INTEGER NOT NULL DEFAULT 1,
    created_us       INTEGER NOT NULL,
    updated_us       INTEGER NOT NULL,
    UNIQUE (plan, id)
);
CREATE INDEX checks_in_order ON checks (plan, key);
CREATE INDEX checks_external ON checks (plan) WHERE external = 1 AND state < 40;

CREATE TABLE stages (
    key              INTEGER PRIMARY KEY AUTOINCREMENT,
    plan             INTEGER NOT NULL REFERENCES work_plans (key) ON DELETE CASCADE,
    id               TEXT    NOT NULL,
    state            INTEGER NOT NULL,
    written_state    INTEGER NOT NULL,
    runner_type      TEXT    NOT NULL,
    mode             INTEGER NOT NULL,
    args             BLOB    NOT NULL,
    predicate        INTEGER NOT NULL,
    edges_needed     INTEGER NOT NULL,
    edges_total      INTEGER NOT NULL,
    edges_satisfied  INTEGER NOT NULL,
    edges_failed     INTEGER NOT NULL,
    gates_open       INTEGER NOT NULL DEFAULT 0,  -- assigned checks whose dependencies hold the stage back
    internal_edges   INTEGER NOT NULL DEFAULT 0,  -- one of its checks depends on another one of its checks
    priority         INTEGER NOT NULL DEFAULT 0,
    timeout_us       INTEGER,
    heartbeat_us     INTEGER,
    no_runner_us     INTEGER,                     -- longest wait without a live runner
    retry            TEXT,                        -- JSON; NULL is the default policy
    parent           INTEGER REFERENCES stages (key) ON DELETE CASCADE,
    children_open    INTEGER NOT NULL DEFAULT 0,
    children_failed  INTEGER NOT NULL DEFAULT 0,
    always           INTEGER NOT NULL DEFAULT 0,  -- cancelling the plan spares it
    attempts         INTEGER NOT NULL DEFAULT 0,
    attempts_lost    INTEGER NOT NULL DEFAULT 0,  -- charged
    attempts_red     INTEGER NOT NULL DEFAULT 0,  -- charged
    attempts_refused INTEGER NOT NULL DEFAULT 0,  -- not charged: no runner took them
    offered          TEXT,                        -- JSON list of check ids, fixed by the first attempt
    outcome          TEXT,
    concluded_reason TEXT,
    cause            TEXT,
    version          INTEGER NOT NULL DEFAULT 1,
    created_us       INTEGER NOT NULL,
    updated_us       INTEGER NOT NULL,
    UNIQUE (plan, id)
);
CREATE INDEX stages_in_order ON stages (plan, key);
CREATE INDEX stages_always ON stages (plan, key) WHERE always = 1 AND state < 40;
CREATE INDEX stages_by_parent ON stages (parent) WHERE parent IS NOT NULL;

-- The checks that a stage answers; a check may be written later than its assignment.
CREATE TABLE assignments (
    stage            INTEGER NOT NULL REFERENCES stages (key) ON DELETE CASCADE,
    position         INTEGER NOT NULL,
    plan             INTEGER NOT NULL,
    check_id         TEXT    NOT NULL,
    goal             INTEGER NOT NULL,
    PRIMARY KEY (stage, position)
) WITHOUT ROWID;
CREATE INDEX assignments_by_check ON assignments (plan, check_id, stage);

-- Edges; the target may be written later. state: 0 open, 1 satisfied, 2 failed.
CREATE TABLE dependencies (
    plan             INTEGER NOT NULL REFERENCES work_plans (key) ON DELETE CASCADE,
    target_kind      INTEGER NOT NULL,
    target_id        TEXT    NOT NULL,
    source_kind      INTEGER NOT NULL,
    source           INTEGER NOT NULL,            -- key of the check or stage that waits
    condition        TEXT    NOT NULL,
    position         INTEGER NOT NULL,
    state            INTEGER NOT NULL,
    PRIMARY KEY (plan, target_kind, target_id, source_kind, source, condition)
) WITHOUT ROWID;
CREATE INDEX dependencies_by_source ON dependencies (source_kind, source, position);

CREATE TABLE check_results (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    check_key        INTEGER NOT NULL REFERENCES checks (key) ON DELETE CASCADE,
    owner_type       TEXT    NOT NULL,
    owner_id         TEXT    NOT NULL,
    attempt          INTEGER,                     -- that left it; counts no more once another one has followed
    data             BLOB    NOT NULL,
    failure          TEXT,
    created_us       INTEGER NOT NULL,
    finalized_us     INTEGER,
    UNIQUE (check_key, owner_type, owner_id)
);

-- An attempt and its delivery to a runner are one row; stage_executions is its other name.
CREATE TABLE stage_attempts (
    key              INTEGER PRIMARY KEY AUTOINCREMENT,
    execution_id     TEXT    NOT NULL UNIQUE,
    plan             INTEGER NOT NULL,            -- of the stage; a foreign key would need an index of its own
    stage            INTEGER NOT NULL REFERENCES stages (key) ON DELETE CASCADE,
    idx              INTEGER NOT NULL,
    state            INTEGER NOT NULL,
    runner_type      TEXT    NOT NULL,
    mode             INTEGER NOT NULL,
    priority         INTEGER NOT NULL,
    registration     TEXT,
    process_uid      TEXT    NOT NULL DEFAULT '',
    deadline_us      INTEGER,
    due_us           INTEGER,                     -- when the clock must look at it: backoff, acceptance, lease, deadline
    heard_us         INTEGER,                     -- last sign of life
    answer_digest    BLOB,                        -- of an ASYNC completion, to know it again
    failure          TEXT,
    details          BLOB    NOT NULL DEFAULT x'',
    created_us       INTEGER NOT NULL,
    started_us       INTEGER,
    ended_us         INTEGER,
    updated_us       INTEGER NOT NULL,
    UNIQUE (stage, idx)
);
CREATE INDEX stage_attempts_queue ON stage_attempts (runner_type, mode, plan, priority DESC, key)
    WHERE state = 10 AND due_us IS NULL;
CREATE INDEX stage_attempts_due ON stage_attempts (due_us) WHERE due_us IS NOT NULL;
CREATE INDEX stage_attempts_live ON stage_attempts (plan, state) WHERE state < 40;

CREATE TABLE attempt_progress (
    attempt          INTEGER NOT NULL REFERENCES stage_attempts (key) ON DELETE CASCADE,
    position         INTEGER NOT NULL,
    message          TEXT    NOT NULL,
    percent          INTEGER,
    details          BLOB    NOT NULL,
    at_us            INTEGER NOT NULL,
    PRIMARY KEY (attempt, position)
) WITHOUT ROWID;

CREATE TABLE stage_runners (
    registration_id  TEXT    PRIMARY KEY,
    runner_id        TEXT    NOT NULL,
    runner_type      TEXT    NOT NULL,
    address          TEXT    NOT NULL,
    modes            TEXT    NOT NULL,            -- JSON list of mode numbers
    max_concurrent   INTEGER NOT NULL,
    metadata         TEXT    NOT NULL,
    process_uid      TEXT    NOT NULL,
    draining         INTEGER NOT NULL DEFAULT 0,
    registered_us    INTEGER NOT NULL,
    heartbeat_us     INTEGER NOT NULL,
    expires_us       INTEGER NOT NULL
) WITHOUT ROWID;

-- kind: 1 check, 2 stage, 3 plan completed (then old_state and new_state count checks and stages).
CREATE TABLE events (
    plan             INTEGER NOT NULL REFERENCES work_plans (key) ON DELETE CASCADE,
    sequence         INTEGER NOT NULL,
    at_us            INTEGER NOT NULL,
    kind             INTEGER NOT NULL,
    node_id          TEXT    NOT NULL,
    old_state        INTEGER,
    new_state        INTEGER NOT NULL,
    outcome          TEXT,
    cause            TEXT,
    attempt          INTEGER,
    attempt_state    INTEGER,
    PRIMARY KEY (plan, sequence)
) WITHOUT ROWID;

CREATE VIEW stage_executions AS
    SELECT a.execution_id AS id, p.id AS work_plan_id, s.id AS stage_id, a.idx AS attempt_idx, a.state, a.runner_type,
           a.mode AS execution_mode, a.registration AS registration_id, a.deadline_us, a.failure, a.created_us, a.started_us,
           a.ended_us
    FROM stage_attempts a JOIN stages s ON s.key = a.stage JOIN work_plans p ON p.key = a.plan;

-- schema 7dafe55551f8bdcb
BEGIN TRANSACTION;
CREATE TABLE assignments (
    stage            INTEGER NOT NULL REFERENCES stages (key) ON DELETE CASCADE,
    position         INTEGER NOT NULL,
    plan             INTEGER NOT NULL,
    check_id         TEXT    NOT NULL,
    goal             INTEGER NOT NULL,
    PRIMARY KEY (stage, position)
) WITHOUT ROWID;
INSERT INTO "assignments" VALUES(1,0,3,'done',40);
INSERT INTO "assignments" VALUES(2,0,3,'sync',40);
INSERT INTO "assignments" VALUES(3,0,3,'async',40);
INSERT INTO "assignments" VALUES(4,0,3,'next',40);
INSERT INTO "assignments" VALUES(7,0,4,'a',40);
INSERT INTO "assignments" VALUES(8,0,5,'a',40);
CREATE TABLE attempt_logs (
    attempt          INTEGER NOT NULL REFERENCES stage_attempts (key) ON DELETE CASCADE,
    start            INTEGER NOT NULL,
    size             INTEGER NOT NULL,
    text             TEXT    NOT NULL,
    at_us            INTEGER NOT NULL,
    PRIMARY KEY (attempt, start)
);
INSERT INTO "attempt_logs" VALUES(3,0,5,'line
',1700000000000000);
CREATE TABLE attempt_progress (
    attempt          INTEGER NOT NULL REFERENCES stage_attempts (key) ON DELETE CASCADE,
    position         INTEGER NOT NULL,
    message          TEXT    NOT NULL,
    percent          INTEGER,
    details          BLOB    NOT NULL,
    at_us            INTEGER NOT NULL,
    PRIMARY KEY (attempt, position)
) WITHOUT ROWID;
INSERT INTO "attempt_progress" VALUES(3,1,'half',50,X'0A0E0A016E120911000000000000F03F',1700000000000000);
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
INSERT INTO "check_results" VALUES(1,1,'client','test',NULL,X'0A140A07746172676574731209110000000000000840',NULL,1700000000000000,1700000000000000);
INSERT INTO "check_results" VALUES(2,2,'client','test',NULL,X'','red',1700000000000000,1700000000000000);
INSERT INTO "check_results" VALUES(3,3,'stage_attempt','is-done:1',1,X'0A110A0473697A651209110000000000001C40',NULL,1700000000000000,1700000000000000);
INSERT INTO "check_results" VALUES(4,7,'orchestrator','',NULL,X'','the plan was cancelled: an example',1700000000000000,1700000000000000);
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
INSERT INTO "checks" VALUES(1,2,'plan',40,40,'',X'',1,0,0,0,0,0,0,'SUCCEEDED',NULL,2,1700000000000000,1700000000000000);
INSERT INTO "checks" VALUES(2,2,'build',40,40,'',X'',1,1,1,1,0,0,0,'FAILED','client test: red',3,1700000000000000,1700000000000000);
INSERT INTO "checks" VALUES(3,3,'done',40,20,'',X'',1,0,0,0,0,0,0,'SUCCEEDED',NULL,3,1700000000000000,1700000000000000);
INSERT INTO "checks" VALUES(4,3,'sync',30,20,'',X'',1,0,0,0,0,0,0,NULL,NULL,2,1700000000000000,1700000000000000);
INSERT INTO "checks" VALUES(5,3,'async',30,20,'',X'',1,0,0,0,0,0,0,NULL,NULL,2,1700000000000000,1700000000000000);
INSERT INTO "checks" VALUES(6,3,'next',30,20,'',X'',1,0,0,0,0,0,0,NULL,NULL,2,1700000000000000,1700000000000000);
INSERT INTO "checks" VALUES(7,4,'a',40,20,'',X'',1,0,0,0,0,0,0,'CANCELLED','the plan was cancelled: an example',3,1700000000000000,1700000000000000);
INSERT INTO "checks" VALUES(8,5,'a',30,20,'',X'',1,0,0,0,0,0,0,NULL,NULL,2,1700000000000000,1700000000000000);
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
INSERT INTO "dependencies" VALUES(2,1,'plan',1,2,'SUCCEEDED',0,1);
INSERT INTO "dependencies" VALUES(3,1,'async',2,4,'SUCCEEDED',1,0);
INSERT INTO "dependencies" VALUES(3,1,'next',2,5,'FAILED',1,0);
INSERT INTO "dependencies" VALUES(3,1,'sync',2,4,'SUCCEEDED',0,0);
INSERT INTO "dependencies" VALUES(3,1,'sync',2,5,'FINISHED',0,0);
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
INSERT INTO "events" VALUES(2,1,1700000000000000,1,'plan',NULL,40,'SUCCEEDED',NULL,NULL,NULL);
INSERT INTO "events" VALUES(2,2,1700000000000000,1,'build',NULL,40,'FAILED','client test: red',NULL,NULL);
INSERT INTO "events" VALUES(2,3,1700000000000000,3,'',2,0,'RED',NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,1,1700000000000000,1,'done',NULL,30,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,2,1700000000000000,1,'sync',NULL,30,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,3,1700000000000000,1,'async',NULL,30,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,4,1700000000000000,1,'next',NULL,30,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,5,1700000000000000,2,'is-done',NULL,20,NULL,NULL,1,30);
INSERT INTO "events" VALUES(3,6,1700000000000000,1,'done',30,40,'SUCCEEDED',NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,7,1700000000000000,2,'is-done',20,40,'SUCCEEDED',NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,8,1700000000000000,2,'runs',NULL,20,NULL,NULL,1,30);
INSERT INTO "events" VALUES(3,9,1700000000000000,2,'runs-async',NULL,20,NULL,NULL,1,20);
INSERT INTO "events" VALUES(3,10,1700000000000000,2,'waits',NULL,10,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,11,1700000000000000,2,'any',NULL,10,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(3,12,1700000000000000,2,'by-hand',NULL,20,NULL,NULL,1,10);
INSERT INTO "events" VALUES(4,1,1700000000000000,1,'a',NULL,30,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(4,2,1700000000000000,2,'s',NULL,20,NULL,NULL,1,10);
INSERT INTO "events" VALUES(4,3,1700000000000000,2,'s',20,40,'CANCELLED','the plan was cancelled: an example',NULL,NULL);
INSERT INTO "events" VALUES(4,4,1700000000000000,1,'a',30,40,'CANCELLED','the plan was cancelled: an example',NULL,NULL);
INSERT INTO "events" VALUES(4,5,1700000000000000,3,'',1,1,'RED',NULL,NULL,NULL);
INSERT INTO "events" VALUES(5,1,1700000000000000,1,'a',NULL,30,NULL,NULL,NULL,NULL);
INSERT INTO "events" VALUES(5,2,1700000000000000,2,'s',NULL,10,NULL,NULL,NULL,NULL);
CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_us INTEGER NOT NULL);
INSERT INTO "schema_migrations" VALUES(1,'initial',1795384006524977);
INSERT INTO "schema_migrations" VALUES(2,'logs',1795384006548073);
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
INSERT INTO "stage_attempts" VALUES(1,'5717b6a17c894e3880240731616ec001',3,1,1,40,'builder',1,0,'6e85cd13e73647eaa34d0ae3bf8f536f','r1',1700000600000000,NULL,1700000000000000,NULL,NULL,X'',1700000000000000,1700000000000000,1700000000000000,1700000000000000);
INSERT INTO "stage_attempts" VALUES(2,'683ff8e5f6044b39986fe04168b23297',3,2,1,30,'builder',1,0,'6e85cd13e73647eaa34d0ae3bf8f536f','r1',1700000600000000,NULL,1700000000000000,NULL,NULL,X'',1700000000000000,1700000000000000,NULL,1700000000000000);
INSERT INTO "stage_attempts" VALUES(3,'b6d2f961a99b45e396134a078236f770',3,3,1,30,'builder',2,0,'6e85cd13e73647eaa34d0ae3bf8f536f','r1',1700000600000000,1700000300000000,1700000000000000,NULL,NULL,X'',1700000000000000,1700000000000000,NULL,1700000000000000);
INSERT INTO "stage_attempts" VALUES(4,'f3a1b00667ce43f3b5a06fb93ba4be34',3,6,1,10,'',1,0,NULL,'',NULL,NULL,NULL,NULL,NULL,X'',1700000000000000,NULL,NULL,1700000000000000);
INSERT INTO "stage_attempts" VALUES(5,'1ef206aee923410e92be0897d8a07dbc',4,7,1,50,'nobody',1,0,NULL,'',NULL,NULL,NULL,NULL,'the plan was cancelled: an example',X'',1700000000000000,NULL,1700000000000000,1700000000000000);
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
INSERT INTO "stage_runners" VALUES('6e85cd13e73647eaa34d0ae3bf8f536f','r1','builder','r1:1','[1, 2]',3,'{}','',0,1700000000000000,1700000000000000,1700000300000000);
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
INSERT INTO "stages" VALUES(1,3,'is-done',40,10,'builder',1,X'',1,0,0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,0,0,1,0,0,0,'["done"]','SUCCEEDED','ATTEMPT_COMPLETE',NULL,3,1700000000000000,1700000000000000);
INSERT INTO "stages" VALUES(2,3,'runs',20,10,'builder',1,X'0A2B0A046465657012232A210A1F0A046C697374121732150A0911000000000000F03F0A0208000A041A02C3BC',1,0,0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,0,0,1,0,0,0,'["sync"]',NULL,NULL,NULL,2,1700000000000000,1700000000000000);
INSERT INTO "stages" VALUES(3,3,'runs-async',20,10,'builder',2,X'',1,0,0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,0,0,1,0,0,0,'["async"]',NULL,NULL,NULL,2,1700000000000000,1700000000000000);
INSERT INTO "stages" VALUES(4,3,'waits',10,10,'builder',1,X'',1,2,2,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,0,0,0,0,0,0,NULL,NULL,NULL,NULL,1,1700000000000000,1700000000000000);
INSERT INTO "stages" VALUES(5,3,'any',10,10,'builder',1,X'',3,1,2,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,0,0,0,0,0,0,NULL,NULL,NULL,NULL,1,1700000000000000,1700000000000000);
INSERT INTO "stages" VALUES(6,3,'by-hand',20,10,'',1,X'',1,0,0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,0,0,1,0,0,0,'[]',NULL,NULL,NULL,2,1700000000000000,1700000000000000);
INSERT INTO "stages" VALUES(7,4,'s',40,10,'nobody',1,X'',1,0,0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,0,0,1,0,0,0,'["a"]','CANCELLED','CANCELLED','the plan was cancelled: an example',3,1700000000000000,1700000000000000);
INSERT INTO "stages" VALUES(8,5,'s',10,10,'builder',1,X'',1,0,0,0,0,0,0,0,NULL,NULL,NULL,NULL,NULL,0,0,0,0,0,0,0,NULL,NULL,NULL,NULL,1,1700000000000000,1700000000000000);
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
INSERT INTO "work_plans" VALUES(1,'f3fb10cab46f4719ae2f2887b4109dd9','{}',NULL,1,0,0,0,0,0,0,'EMPTY','',0,0,0,0,NULL,NULL,NULL,NULL,0,0,1700000000000000,1700000000000000,NULL,0);
INSERT INTO "work_plans" VALUES(2,'e48a63f9e1444f57a5671fd6769111e7','{"name":"finished"}',NULL,2,3,2,0,0,0,1,'FAILED','finished',0,0,0,0,NULL,NULL,NULL,NULL,0,0,1700000000000000,1700000000000000,1700000000000000,0);
INSERT INTO "work_plans" VALUES(3,'213ccce8b292490a9b6bd77c1d9ff191','{"name":"middle"}',NULL,5,12,4,6,3,5,0,'RUNNING','middle',0,0,0,0,NULL,NULL,NULL,NULL,0,0,1700000000000000,1700000000000000,NULL,0);
INSERT INTO "work_plans" VALUES(4,'34725f5e9ce54ade8c58d02ad2116121','{"name":"cancelled"}',NULL,4,5,1,1,0,0,2,'CANCELLED','cancelled',0,6,0,0,NULL,NULL,1700000000000000,'the plan was cancelled: an example',0,0,1700000000000000,1700000000000000,1700000000000000,0);
INSERT INTO "work_plans" VALUES(5,'c95e2cd986b44eaeb27e901a5d6866a5','{"name":"held"}',NULL,2,2,1,1,1,1,0,'RUNNING','held',1,7,0,0,NULL,NULL,NULL,NULL,0,0,1700000000000000,1700000000000000,NULL,0);
INSERT INTO "work_plans" VALUES(6,'1755c5fc1f244f138a880b847ea50352','{"name":"empty"}','key',1,0,0,0,0,0,0,'EMPTY','empty',0,8,0,0,NULL,NULL,NULL,NULL,0,0,1700000000000000,1700000000000000,NULL,0);
CREATE INDEX work_plans_by_status ON work_plans (status);
CREATE INDEX work_plans_by_name ON work_plans (name, status);
CREATE INDEX work_plans_finished ON work_plans (finished_us) WHERE finished_us IS NOT NULL AND doomed = 0;
CREATE INDEX work_plans_released ON work_plans (key) WHERE held = 2;
CREATE INDEX work_plans_doomed ON work_plans (key) WHERE doomed = 1;
CREATE INDEX work_plans_due ON work_plans (due_us) WHERE due_us IS NOT NULL;
CREATE INDEX work_plans_closing ON work_plans (closing) WHERE closing > 0;
CREATE INDEX cascades_by_plan ON cascades (plan, key);
CREATE INDEX checks_in_order ON checks (plan, key);
CREATE INDEX checks_external ON checks (plan) WHERE external = 1 AND state < 40;
CREATE INDEX stages_in_order ON stages (plan, key);
CREATE INDEX stages_always ON stages (plan, key) WHERE always = 1 AND state < 40;
CREATE INDEX stages_by_parent ON stages (parent) WHERE parent IS NOT NULL;
CREATE INDEX assignments_by_check ON assignments (plan, check_id, stage);
CREATE INDEX dependencies_by_source ON dependencies (source_kind, source, position);
CREATE INDEX stage_attempts_queue ON stage_attempts (runner_type, mode, plan, priority DESC, key)
    WHERE state = 10 AND due_us IS NULL;
CREATE INDEX stage_attempts_due ON stage_attempts (due_us) WHERE due_us IS NOT NULL;
CREATE INDEX stage_attempts_live ON stage_attempts (plan, state) WHERE state < 40;
CREATE VIEW stage_executions AS
    SELECT a.execution_id AS id, p.id AS work_plan_id, s.id AS stage_id, a.idx AS attempt_idx, a.state, a.runner_type,
           a.mode AS execution_mode, a.registration AS registration_id, a.deadline_us, a.failure, a.created_us, a.started_us,
           a.ended_us
    FROM stage_attempts a JOIN stages s ON s.key = a.stage JOIN work_plans p ON p.key = a.plan;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('work_plans',6);
INSERT INTO "sqlite_sequence" VALUES('checks',8);
INSERT INTO "sqlite_sequence" VALUES('check_results',4);
INSERT INTO "sqlite_sequence" VALUES('stages',8);
INSERT INTO "sqlite_sequence" VALUES('stage_attempts',5);
COMMIT;

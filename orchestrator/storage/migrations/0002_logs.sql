-- The output of attempts, the newest of it. `start` counts the bytes of the log before a piece.
CREATE TABLE attempt_logs (
    attempt          INTEGER NOT NULL REFERENCES stage_attempts (key) ON DELETE CASCADE,
    start            INTEGER NOT NULL,
    size             INTEGER NOT NULL,
    text             TEXT    NOT NULL,
    at_us            INTEGER NOT NULL,
    PRIMARY KEY (attempt, start)
);

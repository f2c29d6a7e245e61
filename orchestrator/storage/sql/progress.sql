-- name: append
INSERT INTO attempt_progress (attempt, position, message, percent, details, at_us)
VALUES (?1, (SELECT COALESCE(MAX(position), 0) + 1 FROM attempt_progress WHERE attempt = ?1), ?2, ?3, ?4, ?5)
RETURNING position

-- name: trim
DELETE FROM attempt_progress WHERE attempt = ? AND position <= ?

-- name: of_attempts
SELECT attempt, message, percent, details, at_us
FROM attempt_progress WHERE attempt IN (SELECT value FROM json_each(?)) ORDER BY attempt, position

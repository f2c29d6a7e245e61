-- name: end
SELECT start + size FROM attempt_logs WHERE attempt = ? ORDER BY start DESC LIMIT 1

-- name: append
INSERT INTO attempt_logs (attempt, start, size, text, at_us) VALUES (?, ?, ?, ?, ?)

-- name: trim
DELETE FROM attempt_logs WHERE attempt = ? AND start < ?

-- name: after
SELECT start, size, text, at_us FROM attempt_logs WHERE attempt = ? AND start >= ? ORDER BY start LIMIT ?

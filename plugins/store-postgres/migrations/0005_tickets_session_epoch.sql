-- needs-at-least: 4
-- Which of an account's sessions a change of its address was asked for in: servers of before leave it out, and its link
-- is void then.

ALTER TABLE tickets ADD COLUMN session_epoch bigint;

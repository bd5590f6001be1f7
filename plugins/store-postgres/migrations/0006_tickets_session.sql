-- needs-at-least: 4
-- In which session a change of an account's address was asked for, behind the time of the ticket: servers of before leave
-- the column as it is, and the link of what they write is void then.

ALTER TABLE tickets ADD COLUMN session text;

-- What a mail's link proves, and the mails that wait to be sent.

CREATE TABLE tickets (
  tenant         text COLLATE "C" NOT NULL,
  partition      text COLLATE "C" NOT NULL,
  id             text COLLATE "C" NOT NULL,
  record_version bigint NOT NULL CHECK (record_version > 0),
  email          text NOT NULL,
  new_email      text,
  salt           bytea NOT NULL,
  key_version    bigint NOT NULL,
  created_at     timestamptz NOT NULL,
  expires_at     timestamptz NOT NULL,
  password_changed_at timestamptz,
  expiry_floor   timestamptz,
  PRIMARY KEY (tenant, partition, id)
) WITH (fillfactor = 85);
CREATE INDEX tickets_expiry_floor ON tickets (expiry_floor) WHERE expiry_floor IS NOT NULL;

CREATE TABLE mail_jobs (
  tenant         text COLLATE "C" NOT NULL,
  partition      text COLLATE "C" NOT NULL,
  id             text COLLATE "C" NOT NULL,
  record_version bigint NOT NULL CHECK (record_version > 0),
  template       text NOT NULL,
  to_address     text NOT NULL,
  message_id     text NOT NULL,
  salt           bytea,
  key_version    bigint NOT NULL,
  ip             text,
  about          text,
  created_at     timestamptz NOT NULL,
  due_at         timestamptz,
  dead_at        timestamptz,
  useful_until   timestamptz NOT NULL,
  expires_at     timestamptz NOT NULL,
  attempts       bigint NOT NULL,
  last_error     text,
  expiry_floor   timestamptz,
  PRIMARY KEY (tenant, partition, id)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX mail_jobs_due ON mail_jobs (tenant, due_at NULLS FIRST);
CREATE INDEX mail_jobs_dead ON mail_jobs (tenant, dead_at NULLS FIRST);
CREATE INDEX mail_jobs_expiry_floor ON mail_jobs (expiry_floor) WHERE expiry_floor IS NOT NULL;

ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;
ALTER TABLE tickets FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tickets USING (tenant = current_setting('gatehouse.tenant', true));
CREATE POLICY purge_read ON tickets FOR SELECT
  USING (nullif(current_setting('gatehouse.purge_before', true), '') IS NOT NULL);
CREATE POLICY purge_raise ON tickets FOR UPDATE
  USING (expiry_floor < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz)
  WITH CHECK (nullif(current_setting('gatehouse.purge_before', true), '') IS NOT NULL);
CREATE POLICY purge_delete ON tickets FOR DELETE
  USING (expires_at < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz);

ALTER TABLE mail_jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE mail_jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON mail_jobs USING (tenant = current_setting('gatehouse.tenant', true));
CREATE POLICY purge_read ON mail_jobs FOR SELECT
  USING (nullif(current_setting('gatehouse.purge_before', true), '') IS NOT NULL);
CREATE POLICY purge_raise ON mail_jobs FOR UPDATE
  USING (expiry_floor < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz)
  WITH CHECK (nullif(current_setting('gatehouse.purge_before', true), '') IS NOT NULL);
CREATE POLICY purge_delete ON mail_jobs FOR DELETE
  USING (expires_at < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz);

GRANT SELECT, INSERT, UPDATE, DELETE ON tickets, mail_jobs TO :"role";

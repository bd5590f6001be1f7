-- Accounts, sessions and the stream of events.
--
-- What is the same in every table: a record is found by (tenant, partition, id); record_version counts its changes and
-- decides who of several writers wins. All texts that are compared or sorted are COLLATE "C": byte by byte, the same on
-- every machine. Row-level security shows a connection the rows of the tenant in gatehouse.tenant and nothing else; a
-- purge, and only it, deletes what expired before gatehouse.purge_before, of whatever tenant.

CREATE TABLE users (
  tenant                text COLLATE "C" NOT NULL,
  partition             text COLLATE "C" NOT NULL,
  id                    text COLLATE "C" NOT NULL,
  record_version        bigint NOT NULL CHECK (record_version > 0),
  email                 text COLLATE "C",
  email_normalized      text COLLATE "C",
  email_unique          text COLLATE "C",
  password_hash         text,
  first_name            text,
  last_name             text,
  name                  text,
  phone                 text,
  email_verified        boolean NOT NULL,
  status                text COLLATE "C" NOT NULL,
  user_type             text,
  role                  text,
  failed_login_attempts bigint NOT NULL,
  locked_until          timestamptz,
  login_count           bigint NOT NULL,
  last_login_at         timestamptz,
  last_login_ip         text,
  last_active_at        timestamptz,
  session_epoch         bigint NOT NULL,
  created_at            timestamptz NOT NULL,
  updated_at            timestamptz NOT NULL,
  password_changed_at   timestamptz,
  PRIMARY KEY (tenant, partition, id)
) WITH (fillfactor = 85);
-- Not deferrable: of two that take one address at the same moment the second waits for the first; a deferrable constraint
-- lets both in and then each wait for the other.
CREATE UNIQUE INDEX users_email_unique ON users (tenant, email_unique);
CREATE INDEX users_created_at ON users (tenant, created_at);

-- A refresh changes the row and no column of an index, so that its new version stays on the row's page and no index is
-- written: that is what the room left on each page is for. purge_at moves with every refresh and therefore has no index;
-- expiry_floor, which is never later, has one, and is put right when a purge comes by.
CREATE TABLE sessions (
  tenant           text COLLATE "C" NOT NULL,
  partition        text COLLATE "C" NOT NULL,
  id               text COLLATE "C" NOT NULL,
  record_version   bigint NOT NULL CHECK (record_version > 0),
  user_id          text COLLATE "C" NOT NULL,
  status           text COLLATE "C" NOT NULL,
  created_at       timestamptz NOT NULL,
  last_used_at     timestamptz NOT NULL,
  expires_at       timestamptz NOT NULL,
  idle_expires_at  timestamptz NOT NULL,
  purge_at         timestamptz NOT NULL,
  remember         boolean NOT NULL,
  auth_time        timestamptz NOT NULL,
  revoked_at       timestamptz,
  revoked_reason   text,
  device_name      text,
  ip               text,
  user_agent       text,
  user_epoch       bigint NOT NULL,
  generation       bigint NOT NULL,
  window_base      bigint NOT NULL,
  window_start     timestamptz NOT NULL,
  rotated_at       timestamptz NOT NULL,
  attempt          bytea,
  replays          bigint NOT NULL,
  confirmed        boolean NOT NULL,
  late_tokens      bigint NOT NULL,
  late_at          timestamptz NOT NULL,
  binding          bytea,
  salt             bytea NOT NULL,
  current_jti      text NOT NULL,
  previous_refresh_token_jti text,
  expiry_floor     timestamptz,
  PRIMARY KEY (tenant, partition, id)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX sessions_by_user ON sessions (tenant, user_id, created_at);
CREATE INDEX sessions_expiry_floor ON sessions (expiry_floor) WHERE expiry_floor IS NOT NULL;

CREATE TABLE events (
  tenant         text COLLATE "C" NOT NULL,
  partition      text COLLATE "C" NOT NULL,
  id             text COLLATE "C" NOT NULL,
  record_version bigint NOT NULL CHECK (record_version = 1),
  type           text COLLATE "C" NOT NULL,
  version        bigint NOT NULL,
  severity       text COLLATE "C" NOT NULL,
  time           timestamptz NOT NULL,
  actor          text,
  subject        text COLLATE "C",
  session        text,
  ip             text,
  user_agent     text,
  correlation_id text COLLATE "C",
  causation_id   text,
  payload        text NOT NULL,
  expires_at     timestamptz NOT NULL,
  PRIMARY KEY (tenant, partition, id)
);
CREATE INDEX events_by_time ON events (tenant, time);
CREATE INDEX events_by_type ON events (tenant, type, time);
CREATE INDEX events_by_subject ON events (tenant, subject NULLS FIRST, time);
CREATE INDEX events_by_correlation ON events (tenant, correlation_id NULLS FIRST, time);
CREATE INDEX events_expires_at ON events (expires_at);

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON users USING (tenant = current_setting('gatehouse.tenant', true));

ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON sessions USING (tenant = current_setting('gatehouse.tenant', true));
-- The floor a purge sets is beyond what it looks for, and a new row must be one its writer could read.
CREATE POLICY purge_read ON sessions FOR SELECT
  USING (nullif(current_setting('gatehouse.purge_before', true), '') IS NOT NULL);
CREATE POLICY purge_raise ON sessions FOR UPDATE
  USING (expiry_floor < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz)
  WITH CHECK (nullif(current_setting('gatehouse.purge_before', true), '') IS NOT NULL);
CREATE POLICY purge_delete ON sessions FOR DELETE
  USING (purge_at < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz);

-- Nobody changes an event; nobody deletes one that has not expired.
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_read ON events FOR SELECT USING (tenant = current_setting('gatehouse.tenant', true));
CREATE POLICY tenant_append ON events FOR INSERT WITH CHECK (tenant = current_setting('gatehouse.tenant', true));
CREATE POLICY purge_read ON events FOR SELECT
  USING (expires_at < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz);
CREATE POLICY purge_delete ON events FOR DELETE
  USING (expires_at < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz);

GRANT SELECT, INSERT, UPDATE, DELETE ON users, sessions TO :"role";
GRANT SELECT, INSERT, DELETE ON events TO :"role";

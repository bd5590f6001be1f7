-- needs-at-least: 3
-- Who failed to show a password lately, and which addresses are known as an account's.

CREATE TABLE lockouts (
  tenant         text COLLATE "C" NOT NULL,
  partition      text COLLATE "C" NOT NULL,
  id             text COLLATE "C" NOT NULL,
  record_version bigint NOT NULL CHECK (record_version > 0),
  failed_at      bytea NOT NULL,
  locked_until   timestamptz,
  known_until    timestamptz,
  cleared_at     timestamptz,
  expires_at     timestamptz NOT NULL,
  expiry_floor   timestamptz,
  PRIMARY KEY (tenant, partition, id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX lockouts_expiry_floor ON lockouts (expiry_floor) WHERE expiry_floor IS NOT NULL;

ALTER TABLE lockouts ENABLE ROW LEVEL SECURITY;
ALTER TABLE lockouts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON lockouts USING (tenant = current_setting('gatehouse.tenant', true));
CREATE POLICY purge_read ON lockouts FOR SELECT
  USING (nullif(current_setting('gatehouse.purge_before', true), '') IS NOT NULL);
CREATE POLICY purge_raise ON lockouts FOR UPDATE
  USING (expiry_floor < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz)
  WITH CHECK (nullif(current_setting('gatehouse.purge_before', true), '') IS NOT NULL);
CREATE POLICY purge_delete ON lockouts FOR DELETE
  USING (expires_at < nullif(current_setting('gatehouse.purge_before', true), '')::timestamptz);

GRANT SELECT, INSERT, UPDATE, DELETE ON lockouts TO :"role";

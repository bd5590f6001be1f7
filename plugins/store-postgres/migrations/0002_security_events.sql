-- The security events under the names the dashboards of before know them by. Row-level security is the reader's.

CREATE VIEW security_events WITH (security_invoker = true) AS
  SELECT id,
         tenant          AS tenant_id,
         subject         AS user_id,
         session         AS session_id,
         type            AS event_type,
         severity,
         ip              AS ip_address,
         user_agent,
         payload::jsonb  AS details,
         correlation_id,
         time            AS created_at
    FROM events
   WHERE severity <> 'info' OR type IN ('user_logged_in', 'user_logged_out');

GRANT SELECT ON security_events TO :"role";

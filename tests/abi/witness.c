// SPDX-License-Identifier: Apache-2.0
// Makes every struct and table of the plugin ABI visible to abidw: interfaces are handed over as `const void*` behind a
// string id, so that in a real plugin's debug information they cannot be seen. One function a struct; abi_test checks
// that none is missing.
#include <gatehouse/abi.h>
#include <gatehouse/host.h>
#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/migrations.h>
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>
#include <gatehouse/store_watch.h>

#define WITNESS(type)                  \
  void witness_##type(const type* it); \
  void witness_##type(const type* it) { (void)it; }

WITNESS(gh_slice)
WITNESS(gh_value)
WITNESS(gh_call)
WITNESS(gh_bytes_sink)
WITNESS(gh_host)
WITNESS(gh_setting)
WITNESS(gh_config_entry)
WITNESS(gh_interface)
WITNESS(gh_create_args)
WITNESS(gh_plugin)
WITNESS(gh_field)
WITNESS(gh_index)
WITNESS(gh_kind)
WITNESS(gh_schema)
WITNESS(gh_key)
WITNESS(gh_record)
WITNESS(gh_record_sink)
WITNESS(gh_get)
WITNESS(gh_get_sink)
WITNESS(gh_query)
WITNESS(gh_find_out)
WITNESS(gh_write)
WITNESS(gh_commit_out)
WITNESS(gh_store_v1)
WITNESS(gh_key_info)
WITNESS(gh_key_sink)
WITNESS(gh_kms_v1)
WITNESS(gh_take)
WITNESS(gh_take_out)
WITNESS(gh_rate_limiter_v1)
WITNESS(gh_mail)
WITNESS(gh_mail_transport_v1)
WITNESS(gh_migration)
WITNESS(gh_migration_sink)
WITNESS(gh_migrations_v1)
WITNESS(gh_change)
WITNESS(gh_change_sink)
WITNESS(gh_store_watch_v1)

// SPDX-License-Identifier: Apache-2.0
#include "lifecycle/use.h"

#include "calling.h"
#include "plugins/interfaces.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <array>

namespace gatehouse::check::lifecycle {
namespace {

template <class Table>
const Table* offered(Context& context, std::string_view id) {
  return plugins::find_interface(context.plugin(), id) == nullptr ? nullptr : &context.table_of<Table>(id);
}

template <class Table>
void ping(Context& context, gh_instance* self, const Table& table, const char* operation) {
  Calling calling(context, operation);
  const auto status = calling.done(table.ping(self, calling.call()));
  context.expect(status == GH_OK, std::string(operation) + " answered " + status_name(status) +
                                      " though start was GH_OK: " + calling.words());
}

void use_store(Context& context, gh_instance* self, const gh_store_v1& store) {
  gh_schema nothing{};
  nothing.struct_size = sizeof(nothing);
  nothing.version = 1;
  nothing.kind_stride = sizeof(gh_kind);
  Calling calling(context, "store.open");
  // What a store makes of a schema without kinds is its own affair.
  if (calling.done(store.open(self, calling.call(), &nothing)) == GH_OK) ping(context, self, store, "store.ping");
}

void use_kms(Context& context, gh_instance* self, const gh_kms_v1& kms) {
  ping(context, self, kms, "kms.ping");
  Calling ensuring(context, "kms.ensure");
  if (ensuring.done(kms.ensure(self, ensuring.call(), slice("check"), GH_ALG_HMAC_SHA256)) != GH_OK) return;
  std::array<std::uint8_t, 32> mac{};
  std::uint32_t used = 0;
  Calling calling(context, "kms.mac");
  calling.done(kms.mac(self, calling.call(), slice("check"), 0, slice("message"), mac.data(), &used));
}

void use_limiter(Context& context, gh_instance* self, const gh_rate_limiter_v1& limiter) {
  ping(context, self, limiter, "rate_limiter.ping");
  const std::string key = context.run_word() + "/lifecycle";
  const gh_take take{sizeof(take), 3, 1'000'000, slice(key)};
  gh_take_out out{};
  out.struct_size = sizeof(out);
  Calling calling(context, "rate_limiter.take");
  calling.done(limiter.take(self, calling.call(), &take, &out));
}

}  // namespace

void use_a_little(Context& context, gh_instance* self) {
  if (const auto* store = offered<gh_store_v1>(context, GH_STORE_V1)) use_store(context, self, *store);
  if (const auto* kms = offered<gh_kms_v1>(context, GH_KMS_V1)) use_kms(context, self, *kms);
  if (const auto* limiter = offered<gh_rate_limiter_v1>(context, GH_RATE_LIMITER_V1)) {
    use_limiter(context, self, *limiter);
  }
  if (const auto* mail = offered<gh_mail_transport_v1>(context, GH_MAIL_TRANSPORT_V1)) {
    ping(context, self, *mail, "mail_transport.ping");
  }
}

}  // namespace gatehouse::check::lifecycle

// SPDX-License-Identifier: Apache-2.0
#include "providers/trial.h"

#include "plugins/instance.h"
#include "providers/schema_tables.h"

#include <gatehouse/migrations.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <utility>

namespace gatehouse::providers {
namespace {

using plugins::Entered;
using plugins::Timing;

// Enters the plugin and keeps the status apart, which the host's own errors do not tell.
template <class Function>
Trial attempt(plugins::Instance& instance, const char* interface, const char* verb, const Call& call,
              std::int32_t cannot_hold, Function&& function) {
  std::int32_t status = GH_UNAVAILABLE;  // also when the instance lets nobody in
  auto body = [&](const Entered& in) { return status = function(in); };
  const auto entered = instance.enter(instance.operation(interface, verb, Timing::EveryCall), call, {}, nullptr, body);
  if (entered) return {};
  auto result = Trial::Result::Faulty;
  if (status == GH_UNAVAILABLE || status == GH_TIMEOUT) result = Trial::Result::Unreachable;
  if (status == cannot_hold) result = Trial::Result::CannotHold;
  return {result, entered.error().detail};
}

}  // namespace

std::string_view name_of(Trial::Result result) noexcept {
  switch (result) {
    case Trial::Result::Fit: return "fit";
    case Trial::Result::Unreachable: return "unreachable";
    case Trial::Result::CannotHold: return "cannot_hold";
    case Trial::Result::Faulty: break;
  }
  return "faulty";
}

Trial try_store(plugins::Instance& instance, const std::vector<KindDef>& schema, std::vector<KindId> kinds,
                const Call& call) {
  const SchemaTables tables(schema, std::move(kinds));
  const auto table = [](const Entered& in) { return static_cast<const gh_store_v1*>(in.table); };
  const bool migrates = instance.offers(GH_MIGRATIONS_V1);
  auto opened = attempt(instance, GH_STORE_V1, "open", call, migrates ? GH_OK : GH_UNSUPPORTED,
                        [&](const Entered& in) { return table(in)->open(in.self, &in.call, &tables.schema()); });
  if (opened.result != Trial::Result::Fit) return opened;
  return attempt(instance, GH_STORE_V1, "ping", call, GH_OK,
                 [&](const Entered& in) { return table(in)->ping(in.self, &in.call); });
}

Trial try_limiter(plugins::Instance& instance, const Call& call) {
  return attempt(instance, GH_RATE_LIMITER_V1, "ping", call, GH_OK, [](const Entered& in) {
    return static_cast<const gh_rate_limiter_v1*>(in.table)->ping(in.self, &in.call);
  });
}

}  // namespace gatehouse::providers

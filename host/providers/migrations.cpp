// SPDX-License-Identifier: Apache-2.0
#include "providers/migrations.h"

#include "plugins/instance.h"
#include "providers/slices.h"

#include <gatehouse/migrations.h>

#include <exception>

namespace gatehouse::providers {
namespace {

using plugins::Entered;
using plugins::Timing;

constexpr std::size_t longest_name = 128;

// Stands between the plugin and a visitor. Nothing may unwind into the plugin.
struct Delivery {
  const Migrations::Visitor& visit;
  bool lied = false;
  std::exception_ptr thrown = {};

  static void put(void* context, const gh_migration* migration) noexcept {
    auto* self = plugins::receiver_of<Delivery>(context);
    if (self == nullptr || self->lied || self->thrown) return;
    try {
      self->take(migration);
    } catch (...) {
      self->thrown = std::current_exception();
    }
  }

  void take(const gh_migration* migration) {
    bool honest = migration != nullptr && migration->struct_size >= sizeof(gh_migration) &&
                  migration->state >= GH_MIGRATION_PENDING && migration->state <= GH_MIGRATION_UNKNOWN;
    if (!honest) {
      lied = true;
      return;
    }
    const auto name = text_of(migration->name, honest);
    const auto text = text_of(migration->text, honest);
    lied = !honest || name.size() > longest_name;
    if (lied) return;
    Migration made{migration->number, static_cast<MigrationState>(migration->state), std::string(name), std::nullopt,
                   std::string(text)};
    if (migration->applied_us != 0) made.applied_at = Time(std::chrono::microseconds(migration->applied_us));
    visit(made);
  }
};

const gh_migrations_v1& table_of(const Entered& in) { return *static_cast<const gh_migrations_v1*>(in.table); }

}  // namespace

Migrations::Migrations(plugins::Instance& instance)
    : instance_(instance),
      status_(instance.operation(GH_MIGRATIONS_V1, "status", Timing::EveryCall)),
      plan_(instance.operation(GH_MIGRATIONS_V1, "plan", Timing::EveryCall)),
      apply_(instance.operation(GH_MIGRATIONS_V1, "apply", Timing::EveryCall)) {}

template <class Verb>
Result<void> Migrations::run(const plugins::Operation& operation, const Call& call, const Visitor& visit, Verb verb) {
  Delivery delivery{visit};
  auto body = [&](const Entered& in) {
    const gh_migration_sink sink{in.context, &Delivery::put};
    return (table_of(in).*verb)(in.self, &in.call, &sink);
  };
  const auto status = instance_.enter(operation, call, {}, &delivery, body);
  if (delivery.thrown) std::rethrow_exception(delivery.thrown);
  if (!status) return status.error();
  if (delivery.lied) return Error{Code::Internal, "the plugin reported a migration that cannot be", {}, std::nullopt};
  return {};
}

Result<void> Migrations::status(const Call& call, const Visitor& visit) {
  return run(status_, call, visit, &gh_migrations_v1::status);
}

Result<void> Migrations::plan(const Call& call, const Visitor& visit) {
  return run(plan_, call, visit, &gh_migrations_v1::plan);
}

Result<void> Migrations::apply(const Call& call, const Visitor& visit) {
  return run(apply_, call, visit, &gh_migrations_v1::apply);
}

}  // namespace gatehouse::providers

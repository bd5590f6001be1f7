// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/migrations.h>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <cstdint>
#include <string_view>

// "gatehouse.migrations/1" in C++. The contract is in <gatehouse/migrations.h>.
namespace gatehouse::sdk {

class MigrationSink {
 public:
  explicit MigrationSink(const gh_migration_sink& sink) noexcept : sink_(sink) {}
  // `state`: GH_MIGRATION_*.
  void put(std::uint32_t number, std::uint32_t state, std::int64_t applied_us, std::string_view name,
           std::string_view text) const noexcept {
    const gh_migration migration{sizeof(gh_migration), number, state, 0, applied_us, slice(name), slice(text)};
    sink_.put(sink_.context, &migration);
  }

 private:
  const gh_migration_sink& sink_;
};

// Derive the plugin's class from this beside Store. Called on the control thread.
class Migrations {
 public:
  virtual Status status(const Call& call, const MigrationSink& sink) = 0;
  virtual Status plan(const Call& call, const MigrationSink& sink) = 0;
  virtual Status apply(const Call& call, const MigrationSink& sink) = 0;

 protected:
  ~Migrations() = default;
};

namespace detail {

template <class T>
struct MigrationsTable {
  static Migrations& self(gh_instance* instance) noexcept { return *reinterpret_cast<T*>(instance); }

  static gh_status status(gh_instance* instance, const gh_call* call, const gh_migration_sink* sink) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).status(c, MigrationSink(*sink)); });
  }
  static gh_status plan(gh_instance* instance, const gh_call* call, const gh_migration_sink* sink) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).plan(c, MigrationSink(*sink)); });
  }
  static gh_status apply(gh_instance* instance, const gh_call* call, const gh_migration_sink* sink) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).apply(c, MigrationSink(*sink)); });
  }

  static constexpr gh_migrations_v1 table = {sizeof(gh_migrations_v1), 0, status, plan, apply};
};

}  // namespace detail
}  // namespace gatehouse::sdk

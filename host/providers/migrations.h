// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace gatehouse::plugins {
class Instance;
class Operation;
}  // namespace gatehouse::plugins

namespace gatehouse::providers {

enum class MigrationState : std::uint32_t { Pending = 1, Applied = 2, Changed = 3, Unknown = 4 };

struct Migration {
  std::uint32_t number = 0;
  MigrationState state = MigrationState::Pending;
  std::string name;
  std::optional<Time> applied_at;
  std::string text;  // of plan
};

// Brings the backend of a store to the store's schema. One control thread.
// Errors: ProviderUnavailable, InDoubt (one migration may have happened; apply goes on where it ended), Internal; the
// plugin's words are in the detail.
class Migrations {
 public:
  using Visitor = std::function<void(const Migration&)>;

  // The instance is assigned gatehouse.migrations/1 and outlives this. Throws plugins::LoadError otherwise.
  explicit Migrations(plugins::Instance& instance);
  Result<void> status(const Call& call, const Visitor& visit);
  Result<void> plan(const Call& call, const Visitor& visit);
  // Visits each one when it is done.
  Result<void> apply(const Call& call, const Visitor& visit);

 private:
  template <class Verb>
  Result<void> run(const plugins::Operation& operation, const Call& call, const Visitor& visit, Verb verb);

  plugins::Instance& instance_;
  const plugins::Operation& status_;
  const plugins::Operation& plan_;
  const plugins::Operation& apply_;
};

}  // namespace gatehouse::providers

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "providers/storage.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::plugins {
class Instance;
}

namespace gatehouse::providers {

// What came of trying a plugin before it is given its work. Only what passes by itself is Unreachable; a refused
// password, a database that is not migrated and a defect are Faulty: somebody has to mend them.
struct Trial {
  enum class Result : std::uint8_t {
    Fit,
    Unreachable,  // what it depends on does not answer, or takes no writes
    CannotHold,   // it answers, and is not made for these kinds of records
    Faulty,
  };
  Result result = Result::Fit;
  std::string words;  // the plugin's, unless it is Fit
};

// "fit", "unreachable", "cannot_hold", "faulty": for logs, events and readiness.
std::string_view name_of(Trial::Result result) noexcept;

// Opens a started store for these kinds of the schema and asks whether it answers. The instance is assigned
// gatehouse.store/1 and is of no use for anything else afterwards. A store that has migrations and refuses its kinds is
// one that nobody has migrated.
Trial try_store(plugins::Instance& instance, const std::vector<KindDef>& schema, std::vector<KindId> kinds,
                const Call& call);

// Asks a started rate limiter, which is assigned gatehouse.rate_limiter/1, whether it answers.
Trial try_limiter(plugins::Instance& instance, const Call& call);

}  // namespace gatehouse::providers

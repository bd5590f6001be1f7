// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "events/event.h"
#include "providers/storage.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::events {

// The event stream's reading end. Any thread. Errors are those of Storage; a record that cannot be an event, or is
// about somebody else than asked for, is Internal.
class EventHistory {
 public:
  EventHistory(providers::Storage& storage, providers::KindId kind) : storage_(storage), kind_(kind) {}

  struct Listed {
    std::vector<PastEvent> events;
    std::string next_cursor;
  };
  // Facts about one user, newest first. Facts that come in between two pages are not seen by the later one.
  Result<Listed> of_subject(std::string_view tenant, std::string_view subject, std::uint32_t limit,
                            std::string_view cursor, const Call& call) const;

 private:
  providers::Storage& storage_;
  providers::KindId kind_;
};

}  // namespace gatehouse::events

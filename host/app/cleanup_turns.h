// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"

#include <chrono>
#include <string>

namespace gatehouse {
class Random;
}
namespace gatehouse::events {
class EventLog;
}

namespace gatehouse::app {

// Which of the servers that share one event stream does the cleanup of a period: the one whose event
// `cleanup_started` is there first, since all of a period have the same id. Nobody renews anything: a server that dies
// costs its period, a clock that is wrong the periods it names, and the next one is anybody's again. One thread.
class CleanupTurns {
 public:
  // References outlive it.
  CleanupTurns(events::EventLog& events, Random& random) : events_(events), random_(random) {}

  // Whether the period that now belongs to is this server's; true again for who asks again. Periods begin at multiples
  // of their length, on every server alike. Errors: as Storage::commit; after InDoubt ask again.
  Result<bool> take(std::chrono::milliseconds period, const Call& call);

 private:
  events::EventLog& events_;
  Random& random_;
  std::string server_;  // a name of this process
};

}  // namespace gatehouse::app

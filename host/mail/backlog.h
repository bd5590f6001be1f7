// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/clock.h"
#include "mail/mail_job.h"
#include "providers/storage.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {
class Gauge;
class MetricRegistry;
}  // namespace gatehouse

namespace gatehouse::mail {

// How many mails wait to be sent, and for how long the oldest has: gauges about the store, so the same on every node
// that shares it. Asked of the index by which workers take mails, of whose records there are none when all is well. One
// thread.
class Backlog {
 public:
  // References outlive it.
  Backlog(std::vector<std::string> tenants, providers::Storage& storage, providers::KindId kind,
          MetricRegistry& metrics);

  // Looks when the last look is `every` ago; else it does nothing. A store that cannot say leaves the gauges alone.
  void look(const Call& call);

  static constexpr std::chrono::seconds every{15};

 private:
  std::optional<std::uint64_t> waiting(const Call& call) const;
  // Of the first and the last by due time: in between are more than two pages, and then their number is the news.
  std::optional<Time> oldest(const Call& call, bool from_the_end) const;

  std::vector<std::string> tenants_;
  providers::Storage& storage_;
  providers::KindId kind_;
  Gauge& waiting_;
  Gauge& oldest_;
  std::optional<Time> looked_;
};

}  // namespace gatehouse::mail

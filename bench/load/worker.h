// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/connection.h"
#include "load/options.h"

#include <memory>
#include <vector>

namespace gatehouse::load {

// One thread's share of the work: some connections of each group on one epoll set. When the time is up the connections
// stay open until it is destroyed, so that the server can be looked at under them.
class Worker {
 public:
  // `scripts[g]`: those of group g that fall to this worker.
  Worker(const Options& options, std::vector<std::vector<std::unique_ptr<Script>>> scripts);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Works from now until begin + warm-up + duration; requests before begin + warm-up are not counted.
  void run(Instant begin);
  // By group.
  const std::vector<Tally>& tallies() const { return tallies_; }

 private:
  struct Lane;

  void start(Lane& lane, Instant now);
  void tick(Lane& lane, Instant now);
  void handle(Lane& lane, Connection& connection, Instant now);

  const Options& options_;
  std::vector<Tally> tallies_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  int epoll_ = -1;
  Instant counted_from_{};
};

}  // namespace gatehouse::load

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/histogram.h"
#include "load/script.h"
#include "support/address.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::load {

using Instant = std::chrono::steady_clock::time_point;

// What came of a group's requests.
struct Tally {
  Histogram latency;
  std::uint64_t errors = 0;
  std::map<int, std::uint64_t> statuses;  // 0: the connection broke

  void add(const Tally& other);
};

// One keep-alive connection working through a script. Not blocking; one thread. A request must fit into the socket's
// buffer as a whole: they are small, and there is one at a time.
class Connection {
 public:
  // Connects at once. Throws std::runtime_error when it cannot.
  Connection(const test::Address& target, std::unique_ptr<Script> script, Tally& tally);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int descriptor() const { return descriptor_; }
  bool waiting() const { return waiting_; }
  // Sends the next request, counted from `due`.
  void send(Instant due);
  // One byte more of a request that never ends.
  void drip();
  // Reads what has come. True: an answer is complete, the next request may be sent.
  bool readable(Instant now, bool counted);
  bool broken() const { return broken_; }

 private:
  void transmit(std::string_view bytes);
  bool take_answer(Instant now, bool counted);
  void fail(bool counted);

  std::unique_ptr<Script> script_;
  Tally& tally_;
  int descriptor_ = -1;
  bool waiting_ = false;
  bool broken_ = false;
  Instant due_{};
  std::string received_;
};

}  // namespace gatehouse::load

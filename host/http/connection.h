// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "http/exchange.h"
#include "http/ip_address.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace gatehouse::http {

// What an armed connection waits for from its client.
enum class Waiting : std::uint8_t {
  Nothing,  // not armed: a thread, the timer or the hash lane owns it
  Request,  // idle: no byte of a next request has come
  Head,
  Body,
  Write,   // room for the rest of an answer
  Linger,  // the client's close, after ours
};

// One row of the connection table. Owned by one thread at a time: arming it hands it to whichever thread the poller
// wakes, and until then nobody but the timer looks at it, and only at what is atomic. Rows are reused and never move.
struct Connection {
  int fd = -1;
  IpAddress peer;
  std::string peer_text;
  std::unique_ptr<Exchange> exchange;  // none while idle
  std::size_t lingered = 0;            // bytes discarded
  bool leaving = false;                // told to go to make place; guarded by the table

  std::atomic<Waiting> waiting{Waiting::Nothing};
  std::atomic<std::int64_t> deadline{0};  // of what it waits for, Steady ticks
  // The timer has ended the wait and shut the socket's reading side down; whoever owns it next acts on it.
  std::atomic<bool> expired{false};
};

inline std::int64_t ticks(Steady time) noexcept { return time.time_since_epoch().count(); }

}  // namespace gatehouse::http

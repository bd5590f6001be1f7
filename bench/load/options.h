// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/address.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::load {

enum class Work {
  Get,       // one path, over and over
  User,      // GET /auth/user, a session a connection
  Refresh,   // POST /auth/refresh, a session a connection, each following its own chain
  Login,     // POST /auth/login of one account
  Idle,      // one GET, then silence
  SlowHead,  // a request whose head never ends, a byte every 100 ms
  SlowBody,  // the same with its body
};

struct Group {
  Work work = Work::Get;
  std::string name;
  unsigned connections = 1;
  // Requests a second in all, sent by the clock whether or not the last was answered, latency counted from when it was
  // due; 0: each connection sends the next as soon as it has its answer.
  unsigned rate = 0;
};

struct Options {
  test::Address target;
  std::string path = "/.well-known/jwks.json";  // of Work::Get and Work::Idle
  std::chrono::milliseconds warm_up{1000};
  std::chrono::milliseconds duration{5000};
  unsigned threads = 1;
  std::optional<int> watched_process;  // its memory is reported at the end, while all connections are open
  std::vector<Group> groups;
};

// Throws std::invalid_argument with a sentence.
Options parse_options(const std::vector<std::string>& arguments);

std::string usage();

}  // namespace gatehouse::load

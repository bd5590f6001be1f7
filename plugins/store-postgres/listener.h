// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct pg_conn;

namespace gatehouse::store_postgres {

// One connection that listens on the schema's channel. It belongs to no pool and runs nothing else, so that what comes
// in is read at once. One thread.
class Listener {
 public:
  // Connects, for as long as the connection string lets it, and listens: what is committed from now on is heard.
  // Throws DatabaseError.
  Listener(const Settings& settings, int waker);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  using Heard = std::function<void(std::string_view payload)>;
  // Waits until something comes in, or the waker does; then gives all there is. Throws DatabaseError when the
  // connection has ended.
  void wait(const Heard& heard);

 private:
  void run(const std::string& sql);
  // What has come in; false: nothing.
  bool give(const Heard& heard);

  struct Closer {
    void operator()(pg_conn* connection) const noexcept;
  };
  const int waker_;  // an eventfd
  std::unique_ptr<pg_conn, Closer> connection_;
};

}  // namespace gatehouse::store_postgres

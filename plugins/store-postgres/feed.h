// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kind.h"
#include "settings.h"
#include "watches/watches.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/store_watch.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace gatehouse::store_postgres {

// "gatehouse.store_watch/1" on LISTEN: hears what the commits of all servers on this schema announce. One connection,
// while somebody watches; when it is lost it is made anew, and then all who watch have missed some. Any thread, after
// open().
class Feed {
 public:
  Feed(const sdk::Host& host, const Settings& settings);
  ~Feed();  // as stop()
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  void start();
  void stop();
  // The kinds of the store, by ordinal; they outlive this.
  void open(const std::vector<const Kind*>& kinds);

  // Comes back when the server has said that it listens.
  sdk::Status watch(const sdk::Call& call, const sdk::Strided<std::uint32_t>& kinds, std::uint64_t& watch);
  sdk::Status wait(const sdk::Call& call, std::uint64_t watch, const sdk::ChangeSink& sink) {
    return watches_.wait(call, watch, sink);
  }
  sdk::Status unwatch(std::uint64_t watch);

 private:
  sdk::Status check(const sdk::Strided<std::uint32_t>& kinds) const;
  void run();
  // Until the connection is lost, which throws, or nobody watches any more.
  void listen();
  void hear(std::string_view payload);
  // Whether to go on listening.
  bool wanted();
  void wake() noexcept;

  const sdk::Host host_;
  const Settings& settings_;
  const int waker_;  // an eventfd: ends a wait for the server
  watches::Watches watches_;
  std::vector<const Kind*> kinds_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t watching_ = 0;  // those who watch, or want to. Guarded by mutex_, as all below
  bool listening_ = false;
  bool stopping_ = false;
  std::uint64_t failures_ = 0;  // connections that were lost, or not made
  std::string reason_;          // of the last one
  std::thread thread_;
};

}  // namespace gatehouse::store_postgres

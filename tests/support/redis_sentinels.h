// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/redis_server.h"

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::test {

// A master, replicas and three sentinels that are quick to judge. One thread.
class RedisSentinels {
 public:
  explicit RedisSentinels(int replicas) {
    const auto port = std::to_string(master_.port());
    for (int at = 0; at < replicas; ++at) {
      replicas_.push_back(std::make_unique<RedisServer>(RedisOptions{.tcp = true}));
      replicas_.back()->ask({"REPLICAOF", "127.0.0.1", port});
    }
    const auto config = "sentinel monitor mymaster 127.0.0.1 " + port +
                        " 2\nsentinel down-after-milliseconds mymaster 500\nsentinel failover-timeout mymaster 3000\n";
    for (int at = 0; at < 3; ++at) {
      sentinels_.push_back(
          std::make_unique<RedisServer>(RedisOptions{.tcp = true, .sentinel = true, .config = config}));
    }
    wait_for([this] { return know_all(); }, "the sentinels do not find each other");
  }

  std::string url() const {
    std::string list;
    for (const auto& sentinel : sentinels_) {
      list.append(list.empty() ? "" : ",").append("127.0.0.1:").append(std::to_string(sentinel->port()));
    }
    return "redis+sentinel://" + list + "/mymaster";
  }
  RedisServer& master() { return master_; }
  // Until every sentinel names another master than the first.
  void wait_for_failover() const {
    wait_for([this] { return all_name_another(); }, "there is no failover");
  }

 private:
  static void wait_for(const std::function<bool()>& holds, const char* otherwise) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error(otherwise);
      ::poll(nullptr, 0, 10);
    }
  }
  bool know_all() const {
    for (std::size_t at = 0; at < replicas_.size(); ++at) {
      const auto replica = master_.info("replication", "slave" + std::to_string(at));
      if (replica.find("state=online") == std::string::npos) return false;
    }
    for (const auto& sentinel : sentinels_) {
      const auto text = sentinel->ask({"SENTINEL", "MASTER", "mymaster"});
      if (text.find("num-slaves\n" + std::to_string(replicas_.size()) + "\n") == std::string::npos) return false;
      if (text.find("num-other-sentinels\n2\n") == std::string::npos) return false;
    }
    return true;
  }
  bool all_name_another() const {
    const auto port = std::string("\n").append(std::to_string(master_.port())).append("\n");
    for (const auto& sentinel : sentinels_) {
      const auto text = sentinel->ask({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"});
      if (text.find(port) != std::string::npos) return false;
    }
    return true;
  }

  // Replicas are there at once, and not after the usual five seconds in which others may come.
  RedisServer master_{{.settings = {{"repl-diskless-sync-delay", "0"}}, .tcp = true}};
  std::vector<std::unique_ptr<RedisServer>> replicas_;
  std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

}  // namespace gatehouse::test

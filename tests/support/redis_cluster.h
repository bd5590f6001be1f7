// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/redis_server.h"

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace gatehouse::test {

// Three masters without replicas, each with a third of the slots. One thread.
class RedisCluster {
 public:
  RedisCluster() {
    constexpr int slots = 16384;
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      nodes_[at] = std::make_unique<RedisServer>(
          RedisOptions{.settings = {{"cluster-enabled", "yes"}, {"cluster-node-timeout", "2000"}}, .tcp = true});
      const int first = static_cast<int>(at) * slots / 3;
      const int behind = (static_cast<int>(at) + 1) * slots / 3;
      nodes_[at]->ask({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(behind - 1)});
      nodes_[at]->ask({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(at + 1)});
    }
    for (const auto& node : nodes_) nodes_[0]->ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(node->port())});
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!agreed()) {
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the cluster does not come together");
    }
  }

  std::string url() const {
    return "redis+cluster://127.0.0.1:" + std::to_string(nodes_[0]->port()) +
           ",127.0.0.1:" + std::to_string(nodes_[1]->port());
  }
  RedisServer& node(std::size_t at) { return *nodes_[at]; }

  // Moves one slot as an operator's tool does: the keys one by one, then the owner.
  void move_slot(std::size_t from, std::size_t to, int slot) {
    const std::string number = std::to_string(slot);
    auto& source = node(from);
    auto& target = node(to);
    const auto from_id = source.ask({"CLUSTER", "MYID"});
    const auto to_id = target.ask({"CLUSTER", "MYID"});
    target.ask({"CLUSTER", "SETSLOT", number, "IMPORTING", from_id});
    source.ask({"CLUSTER", "SETSLOT", number, "MIGRATING", to_id});
    for (;;) {
      const auto keys = source.ask({"CLUSTER", "GETKEYSINSLOT", number, "1"});
      if (keys.empty()) break;
      source.ask({"MIGRATE", "127.0.0.1", std::to_string(target.port()), keys.substr(0, keys.size() - 1), "0", "5000"});
    }
    for (const std::size_t at : {to, from, 3 - from - to}) node(at).ask({"CLUSTER", "SETSLOT", number, "NODE", to_id});
  }

 private:
  bool agreed() const {
    for (const auto& node : nodes_) {
      const auto info = node->ask({"CLUSTER", "INFO"});
      if (info.find("cluster_state:ok") == std::string::npos) return false;
      if (info.find("cluster_known_nodes:3") == std::string::npos) return false;
    }
    return true;
  }

  std::array<std::unique_ptr<RedisServer>, 3> nodes_;
};

}  // namespace gatehouse::test

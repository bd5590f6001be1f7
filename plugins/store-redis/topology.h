// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "address.h"
#include "connection.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_redis {

constexpr std::size_t slot_count = 16384;
// The hash slot of a key, by its tag in braces if it has one.
std::uint16_t slot_of(std::string_view key) noexcept;

// Knows which Redis process is the master for a hash slot. Any thread.
class Topology {
 public:
  virtual ~Topology() = default;
  // May ask around, until the deadline. Throws NotConnected.
  virtual Endpoint master_of(std::uint16_t slot, const Deadline& deadline) = 0;
  // What it said last proved wrong: ask around before the next answer. Waits for nobody.
  virtual void doubt() noexcept = 0;
  // A node says where a slot has gone to. Throws NotConnected.
  virtual void moved(std::uint16_t slot, const Endpoint& endpoint, const Deadline& deadline) = 0;
};

struct TopologySettings {
  Target target;
  Login sentinel_login;  // Sentinel
  Login node_login;      // Cluster
  std::int64_t connect_us = 0;
  bool allow_plaintext = false;  // endpoints off this machine may be used
};
// The settings' own endpoints have been checked.
std::unique_ptr<Topology> make_topology(TopologySettings settings);

// Why an endpoint off this machine is refused.
std::string plaintext_refusal(const Endpoint& endpoint);

}  // namespace gatehouse::store_redis

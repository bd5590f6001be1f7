// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "key.h"

#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/kms.hpp>
#include <gatehouse/sdk/status.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace example_kms {

namespace sdk = gatehouse::sdk;

// The keys of every purpose, in memory: a restart begins with new ones, and then no token of before is valid. Real keys
// live in a file, an HSM or a key service; this class is the place to ask it. Any thread.
class KeyRing {
 public:
  struct Entry {
    std::uint32_t version = 0;
    std::uint32_t algorithm = 0;
    std::uint32_t state = GH_KEY_CURRENT;
    std::int64_t created_us = 0;
    std::shared_ptr<const Key> key;
  };

  explicit KeyRing(const sdk::Host& host) : host_(host) {}

  sdk::Status ensure(std::string_view purpose, std::uint32_t algorithm, std::int64_t now_us);
  sdk::Status rotate(std::string_view purpose, std::int64_t now_us, std::uint32_t& version);
  // Oldest first; empty: there is no such purpose.
  std::vector<Entry> all(std::string_view purpose) const;
  // A version, or for 0 the current one; an entry without a key: there is none.
  Entry find(std::string_view purpose, std::uint32_t version) const;

 private:
  std::shared_ptr<const Key> new_key(std::uint32_t algorithm) const;

  const sdk::Host host_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::vector<Entry>, std::less<>> purposes_;  // protected by mutex_; in order of versions
};

}  // namespace example_kms

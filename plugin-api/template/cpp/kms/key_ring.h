// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "key.h"
#include "key_folder.h"

#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/kms.hpp>
#include <gatehouse/sdk/status.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace example_kms {

namespace sdk = gatehouse::sdk;

// The keys of every purpose, in memory and in a folder: what was made is on the disk before it is used. The newest of a
// purpose signs, the others verify. Keys in an HSM or a key service: this class is the place to ask it. Any thread.
class KeyRing {
 public:
  struct Entry {
    std::uint32_t version = 0;
    std::uint32_t algorithm = 0;
    std::uint32_t state = GH_KEY_CURRENT;
    std::int64_t created_us = 0;
    std::shared_ptr<const Key> key;
  };

  KeyRing(const sdk::Host& host, std::string folder) : host_(host), folder_(std::move(folder)) {}

  // Reads the folder. A key that cannot be read, or is missing, stops the start: going on without it would refuse
  // tokens that are right.
  sdk::Status open();

  sdk::Status ensure(std::string_view purpose, std::uint32_t algorithm, std::int64_t now_us);
  sdk::Status rotate(std::string_view purpose, std::int64_t now_us, std::uint32_t& version);
  // Oldest first; empty: there is no such purpose.
  std::vector<Entry> all(std::string_view purpose) const;
  // A version, or for 0 the current one; an entry without a key: there is none.
  Entry find(std::string_view purpose, std::uint32_t version) const;

 private:
  // Makes a version and writes it down. Only then may it be used.
  sdk::Status make(const std::string& purpose, Entry& entry) const;
  void add(const KeyFile& file);

  const sdk::Host host_;
  KeyFolder folder_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<Entry>, std::less<>> purposes_;  // protected by mutex_; in order of versions
};

}  // namespace example_kms

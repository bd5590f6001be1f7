// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mac_key.h"
#include "session.h"
#include "single_flight.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::kms_vault {

struct TransitOptions {
  std::string mount = "transit";
  std::string key_prefix = "gatehouse-";
  bool create = true;
  int rsa_bits = 3072;
  bool envelope = true;
  std::int64_t envelope_max_age_ns = 0;
};

struct KeyVersion {
  std::uint32_t version = 0;
  std::int64_t created_us = 0;
  std::string public_key;
  std::shared_ptr<const MacKey> mac;  // with envelope, of an HMAC purpose; null where Vault refuses the version
};

// The keys of one purpose as Vault described them. Filled by one thread, then shared and never changed.
struct PurposeKeys {
  std::uint32_t algorithm = 0;
  std::vector<KeyVersion> versions;  // oldest first; the last one is current
  std::int64_t confirmed_ns = 0;     // when Vault said so

  const KeyVersion& current() const { return versions.back(); }
  const KeyVersion* find(std::uint32_t version) const noexcept;
};
using PurposeKeysRef = std::shared_ptr<const PurposeKeys>;

bool is_purpose(std::string_view purpose) noexcept;

// Keys of Vault's transit engine, named <key_prefix><purpose>. All functions throw sdk::StatusError with a status of
// gatehouse/kms.h and a sentence for the operator. Any thread.
class Transit {
 public:
  Transit(Session& session, TransitOptions options, sdk::Host host);

  // What Vault says now.
  PurposeKeysRef fetch(std::string_view purpose, std::int64_t deadline_ns);
  // What it said last, where that serves: the version is known (0: any) and, with envelope, confirmed lately. Else what
  // it says now.
  PurposeKeysRef keys_with(std::string_view purpose, std::uint32_t version, std::int64_t deadline_ns);

  void create(std::string_view purpose, std::uint32_t algorithm, std::int64_t deadline_ns);
  std::uint32_t rotate(std::string_view purpose, std::int64_t deadline_ns);

  // By a request. `version` 0: the current one.
  Versioned mac(std::string_view purpose, std::uint32_t version, std::string_view message, std::int64_t deadline_ns);
  Versioned sign(std::string_view purpose, std::uint32_t algorithm, std::uint32_t version, std::string_view message,
                 std::int64_t deadline_ns);

  // Asks again for all purposes in use. One thread.
  void fetch_all(std::int64_t timeout_ns) noexcept;

 private:
  struct Entry {
    SingleFlight fetching;
    PurposeKeysRef keys;  // guarded by mutex_; null before the first answer and after the key was deleted
  };
  Entry& entry(std::string_view purpose);
  PurposeKeysRef known(const Entry& entry) const;
  PurposeKeysRef ask(std::string_view purpose, const PurposeKeysRef& before, std::int64_t deadline_ns);
  // Null where Vault refuses the version and it is not `needed`.
  std::shared_ptr<const MacKey> unwrap(std::string_view purpose, std::uint32_t version, bool needed,
                                       std::int64_t deadline_ns);
  Versioned compute_mac(std::string_view purpose, std::uint32_t version, std::string_view message,
                        std::int64_t deadline_ns);
  [[noreturn]] void gone_or_rethrow(const sdk::StatusError& error, std::string_view purpose, std::uint32_t version,
                                    std::int64_t deadline_ns);
  std::string key_name(std::string_view purpose) const { return options_.key_prefix + std::string(purpose); }
  std::string path(std::string_view verb, std::string_view purpose) const;

  Session& session_;
  const TransitOptions options_;
  const sdk::Host host_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> entries_;  // guarded by mutex_
  std::set<std::string> failing_;                                       // purposes; of fetch_all alone
};

}  // namespace gatehouse::kms_vault

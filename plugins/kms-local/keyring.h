// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "key_set.h"
#include "keyring_file.h"
#include "keyring_text.h"
#include "shared_secrets.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/status.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::kms_local {

struct KeyringOptions {
  std::string path;  // absolute
  bool create = true;
  int rsa_bits = 3072;
  std::vector<SharedSecret> shared;  // for every HMAC purpose, when there are any
};

// What a rotation adds.
struct NewVersion {
  std::uint32_t algorithm = 0;  // 0: that of the current key
  std::int64_t from_us = 0;     // when it begins to sign; not after the call's time: at once
};

// The keys over time: what is in use, what the file says, and how the file changes. Any thread, `open` apart.
//
// A file that cannot be used (unreadable, damaged, rights too wide, a purpose gone) is never written to and never
// replaces keys in use: the keys go on, the log says what is wrong.
class Keyring {
 public:
  Keyring(KeyringOptions options, sdk::Host host);

  // Reads the file where there is one. Throws sdk::StatusError with a sentence for the operator. Once, before anything.
  void open();

  // The keys in use. Looks at the file at most once a second of the call's time. The reference stays good as long as
  // the keyring: a reader needs neither a lock nor a count. What it costs is that a superseded set, some hundred bytes
  // a key, is kept to the end; there is one for every change of the file.
  const KeySet& keys(const sdk::Call& call);
  // The same after looking at the file: for a caller who was asked for a version that keys() does not have.
  const KeySet& newest();
  // Whether the file cannot be used at present, so that it may hold versions that are not known here.
  bool damaged() const noexcept { return damaged_.load(std::memory_order_relaxed); }

  // Statuses as in gatehouse/kms.h.
  sdk::Status ensure(const sdk::Call& call, std::string_view purpose, std::uint32_t algorithm);
  sdk::Status rotate(const sdk::Call& call, std::string_view purpose, NewVersion how, std::uint32_t& version);

 private:
  using Records = std::vector<KeyRecord>;
  using Digest = std::array<std::uint8_t, 32>;

  sdk::Status ensure_shared(std::string_view purpose);
  sdk::Status not_from_here(std::string_view purpose) const;
  KeyRecord make(const sdk::Call& call, std::string_view purpose, std::uint32_t version, std::uint32_t algorithm) const;
  // Once the file has it: a log that speaks of a key the disk had no room for sends people searching.
  void log_made(std::string_view purpose, std::uint32_t version, std::uint32_t algorithm) const;
  // Reads, changes and replaces under the file's lock, then takes the new content into use. `change` says whether
  // there is anything to write.
  void update(const sdk::Call& call, const std::function<bool(Records&)>& change);
  Records read_records() const;

  // These need mutex_.
  void look_again();
  void load();
  void use_shared_secrets(KeySet& keys);
  void publish(KeySet keys);

  const KeyringOptions options_;
  const sdk::Host host_;
  const KeyringFile file_;

  std::atomic<const KeySet*> in_use_;
  std::atomic<std::int64_t> looked_us_{0};
  std::atomic<bool> damaged_{false};

  std::mutex mutex_;
  std::optional<FileStamp> seen_;
  std::optional<Digest> loaded_;
  std::set<std::string, std::less<>> shared_purposes_;
  std::set<std::string> warned_;  // purposes whose keys in the file are not used
  std::vector<std::unique_ptr<const KeySet>> sets_;
};

}  // namespace gatehouse::kms_local

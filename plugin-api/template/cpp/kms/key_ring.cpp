// SPDX-License-Identifier: Apache-2.0
#include "key_ring.h"

#include <algorithm>
#include <mutex>

namespace example_kms {

std::shared_ptr<const Key> KeyRing::new_key(std::uint32_t algorithm) const {
  std::array<unsigned char, 32> secret{};
  if (!host_.random(secret.data(), secret.size())) {
    throw sdk::StatusError(GH_UNAVAILABLE, "the host has no randomness now; no key was made");
  }
  return Key::make(algorithm, secret);
}

sdk::Status KeyRing::ensure(std::string_view purpose, std::uint32_t algorithm, std::int64_t now_us) {
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  const auto found = purposes_.find(purpose);
  if (found != purposes_.end()) {
    if (found->second.front().algorithm == algorithm) return {};
    return {GH_INVALID, "the keys for " + std::string(purpose) + " have another algorithm"};
  }
  if (!Key::knows(algorithm))
    return {GH_UNSUPPORTED, "this plugin makes HMAC, ES256 and EdDSA keys; choose one of them"};
  std::vector<Entry> keys = {{1, algorithm, GH_KEY_CURRENT, now_us, new_key(algorithm)}};
  purposes_.emplace(std::string(purpose), std::move(keys));
  host_.info("made the first key for " + std::string(purpose));
  return {};
}

sdk::Status KeyRing::rotate(std::string_view purpose, std::int64_t now_us, std::uint32_t& version) {
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  const auto found = purposes_.find(purpose);
  if (found == purposes_.end()) return GH_NOT_FOUND;
  auto& keys = found->second;
  const auto& newest = keys.back();
  Entry next{newest.version + 1, newest.algorithm, GH_KEY_CURRENT, now_us, new_key(newest.algorithm)};
  version = next.version;
  keys.reserve(keys.size() + 1);
  // What fails fails above. From here on signing is with the new key, and the former one goes on verifying.
  keys.back().state = GH_KEY_ACTIVE;
  keys.push_back(std::move(next));
  return {};
}

std::vector<KeyRing::Entry> KeyRing::all(std::string_view purpose) const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  const auto found = purposes_.find(purpose);
  return found == purposes_.end() ? std::vector<Entry>() : found->second;
}

KeyRing::Entry KeyRing::find(std::string_view purpose, std::uint32_t version) const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  const auto found = purposes_.find(purpose);
  if (found == purposes_.end()) return {};
  const auto& keys = found->second;
  const auto wanted = [&](const Entry& entry) {
    return version == 0 ? entry.state == GH_KEY_CURRENT : entry.version == version;
  };
  const auto entry = std::find_if(keys.begin(), keys.end(), wanted);
  return entry == keys.end() ? Entry() : *entry;
}

}  // namespace example_kms

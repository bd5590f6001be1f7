// SPDX-License-Identifier: Apache-2.0
#include "key_ring.h"

#include <algorithm>
#include <mutex>

namespace example_kms {

sdk::Status KeyRing::open() {
  std::vector<KeyFile> files;
  if (auto status = folder_.open(files); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& file : files) add(file);
  for (const auto& [purpose, keys] : purposes_) {
    if (keys.back().version == keys.size()) continue;
    return {GH_UNAVAILABLE, "a key of " + purpose + " is missing from the folder; put its file back"};
  }
  return {};
}

// In order of versions: of each purpose the newest so far becomes the current one.
void KeyRing::add(const KeyFile& file) {
  auto& keys = purposes_[file.purpose];
  if (!keys.empty()) keys.back().state = GH_KEY_ACTIVE;
  keys.push_back({file.version, file.algorithm, GH_KEY_CURRENT, file.created_us, file.key});
}

sdk::Status KeyRing::make(const std::string& purpose, Entry& entry) const {
  std::array<unsigned char, 32> secret{};
  if (!host_.random(secret.data(), secret.size())) {
    return {GH_UNAVAILABLE, "the host has no randomness now; no key was made"};
  }
  entry.key = Key::make(entry.algorithm, secret);
  return folder_.write({purpose, entry.version, entry.algorithm, entry.created_us, entry.key});
}

sdk::Status KeyRing::ensure(std::string_view purpose, std::uint32_t algorithm, std::int64_t now_us) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = purposes_.find(purpose);
  if (found != purposes_.end()) {
    if (found->second.front().algorithm == algorithm) return {};
    return {GH_INVALID, "the keys for " + std::string(purpose) + " have another algorithm"};
  }
  if (!Key::knows(algorithm)) {
    return {GH_UNSUPPORTED, "this plugin makes HMAC, ES256 and EdDSA keys; choose one of them"};
  }
  const std::string name(purpose);
  std::vector<Entry> keys = {{1, algorithm, GH_KEY_CURRENT, now_us, nullptr}};
  if (auto status = make(name, keys.front()); !status.ok()) return status;
  purposes_.emplace(name, std::move(keys));
  host_.info("made the first key for " + name);
  return {};
}

sdk::Status KeyRing::rotate(std::string_view purpose, std::int64_t now_us, std::uint32_t& version) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = purposes_.find(purpose);
  if (found == purposes_.end()) return GH_NOT_FOUND;
  auto& keys = found->second;
  Entry next{keys.back().version + 1, keys.back().algorithm, GH_KEY_CURRENT, now_us, nullptr};
  keys.reserve(keys.size() + 1);
  if (auto status = make(found->first, next); !status.ok()) return status;
  // What fails fails above. From here on signing is with the new key, and the former one goes on verifying.
  version = next.version;
  keys.back().state = GH_KEY_ACTIVE;
  keys.push_back(std::move(next));
  return {};
}

std::vector<KeyRing::Entry> KeyRing::all(std::string_view purpose) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = purposes_.find(purpose);
  return found == purposes_.end() ? std::vector<Entry>() : found->second;
}

KeyRing::Entry KeyRing::find(std::string_view purpose, std::uint32_t version) const {
  const std::lock_guard<std::mutex> lock(mutex_);
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

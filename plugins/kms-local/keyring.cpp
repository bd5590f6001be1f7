// SPDX-License-Identifier: Apache-2.0
#include "keyring.h"

#include <gatehouse/kms.h>
#include <sodium.h>

#include <algorithm>
#include <exception>
#include <stdexcept>

namespace gatehouse::kms_local {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::size_t hmac_key_bytes = 32;
constexpr std::string_view what_to_do =
    "; nothing was written to it. Put the right file back, or move this one away to begin with new keys, which makes "
    "every token and session so far invalid";

std::string key_text(std::string_view purpose, std::uint32_t version, std::uint32_t algorithm) {
  return std::string(purpose) + " " + std::to_string(version) + " (" + std::string(algorithm_name(algorithm)) + ")";
}

std::string counted(const KeySet& set) {
  std::size_t keys = 0;
  for (const Purpose& purpose : set.purposes()) keys += purpose.keys.size();
  return std::to_string(keys) + " keys for " + std::to_string(set.purposes().size()) + " purposes";
}

// A content that takes away what is in use is a mistake, not a rotation.
void check_follows(const KeySet& before, const KeySet& after, const std::string& path) {
  for (const Purpose& old : before.purposes()) {
    const Purpose* now = after.find(old.name);
    if (now == nullptr) {
      throw sdk::StatusError(GH_UNAVAILABLE,
                             path + ": the keys for " + old.name + " are gone" + std::string(what_to_do));
    }
    if (now->algorithm != old.algorithm) {
      throw sdk::StatusError(GH_UNAVAILABLE,
                             path + ": the keys for " + old.name + " have another algorithm" + std::string(what_to_do));
    }
  }
}

sdk::StatusError unusable(const std::string& path, const TextError& error) {
  return {GH_UNAVAILABLE, path + ":" + std::to_string(error.line()) + ": " + error.what() + std::string(what_to_do)};
}

}  // namespace

Keyring::Keyring(KeyringOptions options, sdk::Host host)
    : options_(std::move(options)), host_(host), file_(options_.path) {
  sets_.push_back(std::make_unique<const KeySet>());
  in_use_.store(sets_.back().get(), std::memory_order_release);
}

void Keyring::open() {
  const std::lock_guard lock(mutex_);
  seen_ = file_.stamp();
  if (!seen_) return;
  load();
  host_.info(file_.path() + ": " + counted(*sets_.back()));
}

const KeySet& Keyring::keys(const sdk::Call& call) {
  std::int64_t looked = looked_us_.load(std::memory_order_relaxed);
  // Either direction: a clock that was set back must not stop us from looking.
  const auto [earlier, later] =
      std::minmax({static_cast<std::uint64_t>(looked), static_cast<std::uint64_t>(call.now_us())});
  if (later - earlier >= second_us &&
      looked_us_.compare_exchange_strong(looked, call.now_us(), std::memory_order_relaxed)) {
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock) look_again();
  }
  return *in_use_.load(std::memory_order_acquire);
}

const KeySet& Keyring::newest() {
  const std::lock_guard lock(mutex_);
  look_again();
  return *sets_.back();
}

void Keyring::look_again() {
  const auto stamp = file_.stamp();
  if (stamp == seen_) return;
  seen_ = stamp;
  try {
    load();
    host_.info(file_.path() + " was read again: " + counted(*sets_.back()));
  } catch (const std::exception& error) {
    damaged_.store(true, std::memory_order_relaxed);
    host_.count("keyring_reload_failed");
    host_.error(std::string(error.what()) + "; going on with the keys in use");
  }
}

void Keyring::load() {
  const auto text = file_.read();
  if (!text) {
    throw sdk::StatusError(GH_UNAVAILABLE, file_.path() + " is gone; put it back, or restart to begin with new keys");
  }
  Digest digest{};
  crypto_hash_sha256(digest.data(), text->data(), text->size());
  if (loaded_ != digest) {
    KeySet next;
    try {
      next.add(parse_keyring(text->text()));
    } catch (const TextError& error) {
      throw unusable(file_.path(), error);
    }
    for (const std::string& purpose : shared_purposes_) next.add_shared(purpose, options_.shared);
    check_follows(*sets_.back(), next, file_.path());
    publish(std::move(next));
    loaded_ = digest;
  }
  damaged_.store(false, std::memory_order_relaxed);
}

void Keyring::publish(KeySet keys) {
  sets_.push_back(std::make_unique<const KeySet>(std::move(keys)));
  in_use_.store(sets_.back().get(), std::memory_order_release);
}

Keyring::Records Keyring::read_records() const {
  const auto text = file_.read();
  if (!text) return {};
  try {
    return parse_keyring(text->text());
  } catch (const TextError& error) {
    throw unusable(file_.path(), error);
  }
}

void Keyring::update(const sdk::Call& call, const std::function<bool(Records&)>& change) {
  const Descriptor lock = file_.lock(call, host_);
  Records records = read_records();
  {
    // Also before writing: a file that went away or lost keys must not come back with fewer of them.
    const std::lock_guard guard(mutex_);
    if (loaded_) load();
  }
  if (change(records)) {
    std::stable_sort(records.begin(), records.end(),
                     [](const KeyRecord& a, const KeyRecord& b) { return a.purpose < b.purpose; });
    const SecretBytes text = render_keyring(records);
    // A defect of ours must not cost the keys there are.
    (void)parse_keyring(text.text());
    file_.replace(text);
  }
  const std::lock_guard guard(mutex_);
  seen_ = file_.stamp();
  try {
    load();
  } catch (const std::exception& error) {
    throw sdk::StatusError(GH_IN_DOUBT, file_.path() + " was written and cannot be read back: " + error.what());
  }
}

KeyRecord Keyring::make(const sdk::Call& call, std::string_view purpose, std::uint32_t version, std::uint32_t algorithm,
                        std::uint32_t state) const {
  KeyRecord key;
  key.purpose = purpose;
  key.version = version;
  key.algorithm = algorithm;
  key.state = state;
  key.created_us = std::max<std::int64_t>(call.now_us() - call.now_us() % second_us, 0);
  if (algorithm == GH_ALG_HMAC_SHA256) {
    key.secret = SecretBytes(hmac_key_bytes);
    if (!host_.random(key.secret.data(), key.secret.size())) {
      throw sdk::StatusError(GH_UNAVAILABLE, "no randomness to make a key from");
    }
  } else {
    key.secret =
        SigningKey::generate(algorithm, options_.rsa_bits, [&] { return host_.monotonic_ns() < call.deadline_ns(); });
    if (key.secret.size() == 0) throw sdk::StatusError(GH_TIMEOUT, "the deadline passed while a key was being made");
  }
  host_.info("made key " + key_text(purpose, version, algorithm) + " for " + file_.path());
  return key;
}

sdk::Status Keyring::ensure(const sdk::Call& call, std::string_view purpose, std::uint32_t algorithm) {
  if (!is_purpose(purpose)) return {GH_INVALID, "a purpose is 1 to 32 of a-z and _"};
  if (algorithm_name(algorithm).empty()) return {GH_INVALID, "an algorithm this plugin does not know"};
  if (algorithm == GH_ALG_HMAC_SHA256 && !options_.shared.empty()) return ensure_shared(purpose);

  const bool wants_next = options_.publish_next && algorithm != GH_ALG_HMAC_SHA256;
  const auto settled = [&](const Purpose& known) {
    const auto is_next = [](const Key& key) { return key.state == GH_KEY_NEXT; };
    return known.algorithm != algorithm || !wants_next || !options_.create ||
           std::any_of(known.keys.begin(), known.keys.end(), is_next);
  };
  const Purpose* known = newest().find(purpose);
  if (known == nullptr && !options_.create) {
    return {GH_NOT_FOUND, file_.path() + " has no key for " + std::string(purpose) +
                              " and create is false; start once with create = true, or put the right keyring there"};
  }
  if (known == nullptr || !settled(*known)) {
    update(call, [&](Records& records) {
      std::uint32_t last = 0;
      bool has_next = false;
      for (const KeyRecord& key : records) {
        if (key.purpose != purpose) continue;
        if (key.algorithm != algorithm) return false;
        last = std::max(last, key.version);
        has_next = has_next || key.state == GH_KEY_NEXT;
      }
      const bool first = last == 0;
      if (first) records.push_back(make(call, purpose, ++last, algorithm, GH_KEY_CURRENT));
      if (wants_next && !has_next) records.push_back(make(call, purpose, ++last, algorithm, GH_KEY_NEXT));
      return first || (wants_next && !has_next);
    });
    known = newest().find(purpose);
  }
  if (known == nullptr) return {GH_UNAVAILABLE, file_.path() + " lost the key for " + std::string(purpose)};
  if (known->algorithm == algorithm) return {};
  return {GH_INVALID, "the keys for " + std::string(purpose) + " in " + file_.path() + " are " +
                          std::string(algorithm_name(known->algorithm)) + ", not " +
                          std::string(algorithm_name(algorithm))};
}

sdk::Status Keyring::ensure_shared(std::string_view purpose) {
  const std::lock_guard lock(mutex_);
  look_again();
  const KeySet& now = *sets_.back();
  const Purpose* known = now.find(purpose);
  if (known != nullptr && known->shared) return {};
  if (known != nullptr && known->algorithm != GH_ALG_HMAC_SHA256) {
    return {GH_INVALID, "the keys for " + std::string(purpose) + " in " + file_.path() + " are " +
                            std::string(algorithm_name(known->algorithm)) + ", not HMAC-SHA256"};
  }
  if (known != nullptr) {
    host_.warn("hmac_secrets is set: the keys for " + std::string(purpose) + " in " + file_.path() + " are not used");
  }
  KeySet next = now;
  next.add_shared(purpose, options_.shared);
  shared_purposes_.insert(std::string(purpose));
  publish(std::move(next));
  return {};
}

sdk::Status Keyring::rotate(const sdk::Call& call, std::string_view purpose, std::uint32_t& version) {
  const Purpose* known = newest().find(purpose);
  if (known == nullptr) return {GH_NOT_FOUND, "no key for " + std::string(purpose) + " in " + file_.path()};
  if (known->shared) {
    return {GH_UNSUPPORTED, "the keys for " + std::string(purpose) +
                                " come from hmac_secrets; put a new secret in front of the list and restart"};
  }
  const std::uint32_t algorithm = known->algorithm;
  update(call, [&](Records& records) {
    KeyRecord* next = nullptr;
    std::uint32_t last = 0;
    for (KeyRecord& key : records) {
      if (key.purpose != purpose) continue;
      last = std::max(last, key.version);
      if (key.state == GH_KEY_NEXT && next == nullptr) next = &key;
      if (key.state == GH_KEY_CURRENT) key.state = GH_KEY_ACTIVE;
    }
    if (next != nullptr) {
      next->state = GH_KEY_CURRENT;
      version = next->version;
    } else {
      records.push_back(make(call, purpose, ++last, algorithm, GH_KEY_CURRENT));
      version = last;
    }
    if (options_.publish_next && algorithm != GH_ALG_HMAC_SHA256) {
      records.push_back(make(call, purpose, ++last, algorithm, GH_KEY_NEXT));
    }
    return true;
  });
  return {};
}

}  // namespace gatehouse::kms_local

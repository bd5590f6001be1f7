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
  }
}

// Writes down what has become of next keys: the newest whose time has come is current. One that waits makes room for
// the version about to be made; it was published, and a clock that is ahead may have signed with it already.
void settle(const std::vector<KeyRecord*>& keys, std::int64_t now_us) {
  KeyRecord* current = nullptr;
  for (KeyRecord* key : keys) {
    const bool has_come = key->state == GH_KEY_NEXT && key->from_us != 0 && key->from_us <= now_us;
    if (key->state == GH_KEY_CURRENT || has_come) current = key;
    if (key->state == GH_KEY_NEXT || key->state == GH_KEY_CURRENT) key->state = GH_KEY_ACTIVE;
    key->from_us = 0;
  }
  if (current != nullptr) current->state = GH_KEY_CURRENT;
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
    use_shared_secrets(next);
    check_follows(*sets_.back(), next, file_.path());
    publish(std::move(next));
    loaded_ = digest;
  }
  damaged_.store(false, std::memory_order_relaxed);
}

void Keyring::use_shared_secrets(KeySet& keys) {
  if (options_.shared.empty()) return;
  for (const Purpose& known : keys.purposes()) {
    const auto is_mac = [](const Key& key) { return key.algorithm == GH_ALG_HMAC_SHA256; };
    if (!std::all_of(known.keys.begin(), known.keys.end(), is_mac)) continue;
    if (!warned_.insert(known.name).second) continue;
    host_.warn("hmac_secrets is set: the keys for " + known.name + " in " + file_.path() + " are not used");
    shared_purposes_.insert(known.name);
  }
  for (const std::string& purpose : shared_purposes_) keys.add_shared(purpose, options_.shared);
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

KeyRecord Keyring::make(const sdk::Call& call, std::string_view purpose, std::uint32_t version,
                        std::uint32_t algorithm) const {
  KeyRecord key;
  key.purpose = purpose;
  key.version = version;
  key.algorithm = algorithm;
  key.state = GH_KEY_CURRENT;
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
  return key;
}

void Keyring::log_made(std::string_view purpose, std::uint32_t version, std::uint32_t algorithm) const {
  host_.info("made key " + std::string(purpose) + " " + std::to_string(version) + " (" +
             std::string(algorithm_name(algorithm)) + ") in " + file_.path());
}

sdk::Status Keyring::not_from_here(std::string_view purpose) const {
  return {GH_UNSUPPORTED, "the keys for " + std::string(purpose) + " come from hmac_secrets and not from " +
                              file_.path() + "; put a new secret in front of the list and restart"};
}

sdk::Status Keyring::ensure(const sdk::Call& call, std::string_view purpose, std::uint32_t algorithm) {
  if (!is_purpose(purpose)) return {GH_INVALID, "a purpose is 1 to 32 of a-z and _"};
  if (algorithm_name(algorithm).empty()) return {GH_INVALID, "an algorithm this plugin does not know"};
  if (algorithm == GH_ALG_HMAC_SHA256 && !options_.shared.empty()) return ensure_shared(purpose);

  const Purpose* known = newest().find(purpose);
  if (known == nullptr && !options_.create) {
    return {GH_NOT_FOUND, file_.path() + " has no key for " + std::string(purpose) +
                              " and create is false: put the keyring back, or for a new server make one with "
                              "`gatehouse keys init`; what other keys protected is then invalid"};
  }
  if (known == nullptr) {
    bool made = false;
    update(call, [&](Records& records) {
      const auto is_one = [&](const KeyRecord& key) { return key.purpose == purpose; };
      if (std::any_of(records.begin(), records.end(), is_one)) return false;
      records.push_back(make(call, purpose, 1, algorithm));
      return made = true;
    });
    if (made) log_made(purpose, 1, algorithm);
    known = newest().find(purpose);
  }
  if (known == nullptr) return {GH_UNAVAILABLE, file_.path() + " lost the key for " + std::string(purpose)};
  const Key* current = known->find(0, call.now_us());
  const bool signs = std::any_of(known->keys.begin(), known->keys.end(), [&](const Key& key) {
    return key.algorithm == algorithm && (&key == current || known->state_at(key, call.now_us()) == GH_KEY_NEXT);
  });
  if (signs) return {};
  return {GH_INVALID, "the current key for " + std::string(purpose) + " in " + file_.path() + " is " +
                          std::string(algorithm_name(current->algorithm)) + ", not " +
                          std::string(algorithm_name(algorithm)) + "; run: gatehouse keys rotate " +
                          std::string(purpose) + " (with this configuration), which makes one and keeps the old ones"};
}

sdk::Status Keyring::ensure_shared(std::string_view purpose) {
  const std::lock_guard lock(mutex_);
  look_again();
  const KeySet& now = *sets_.back();
  const Purpose* known = now.find(purpose);
  if (known != nullptr && known->shared) return {};
  if (known != nullptr) {
    return {GH_INVALID, "the keys for " + std::string(purpose) + " in " + file_.path() + " are " +
                            std::string(algorithm_name(known->keys.back().algorithm)) +
                            " and hmac_secrets is set: with both, this purpose cannot change to HMAC-SHA256; unset "
                            "hmac_secrets, or keep the algorithm"};
  }
  KeySet next = now;
  next.add_shared(purpose, options_.shared);
  shared_purposes_.insert(std::string(purpose));
  publish(std::move(next));
  return {};
}

sdk::Status Keyring::rotate(const sdk::Call& call, std::string_view purpose, NewVersion how, std::uint32_t& version) {
  if (how.algorithm == GH_ALG_HMAC_SHA256 && !options_.shared.empty()) return not_from_here(purpose);
  const Purpose* known = newest().find(purpose);
  if (known == nullptr) return {GH_NOT_FOUND, "no key for " + std::string(purpose) + " in " + file_.path()};
  if (known->shared) return not_from_here(purpose);
  if (how.algorithm == 0) how.algorithm = known->find(0, call.now_us())->algorithm;
  if (algorithm_name(how.algorithm).empty()) return {GH_INVALID, "an algorithm this plugin does not know"};
  update(call, [&](Records& records) {
    std::vector<KeyRecord*> keys;  // of this purpose, oldest first
    for (KeyRecord& key : records) {
      if (key.purpose == purpose) keys.push_back(&key);
    }
    if (keys.empty())
      throw sdk::StatusError(GH_UNAVAILABLE, file_.path() + " lost the key for " + std::string(purpose));
    KeyRecord fresh = make(call, purpose, keys.back()->version + 1, how.algorithm);
    settle(keys, call.now_us());
    if (how.from_us > call.now_us()) {
      fresh.state = GH_KEY_NEXT;
      fresh.from_us = (how.from_us + second_us - 1) / second_us * second_us;
    } else {
      for (KeyRecord* key : keys) {
        if (key->state == GH_KEY_CURRENT) key->state = GH_KEY_ACTIVE;
      }
    }
    version = fresh.version;
    records.push_back(std::move(fresh));
    return true;
  });
  log_made(purpose, version, how.algorithm);
  return {};
}

}  // namespace gatehouse::kms_local

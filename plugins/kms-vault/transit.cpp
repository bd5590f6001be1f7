// SPDX-License-Identifier: Apache-2.0
#include "transit.h"

#include <gatehouse/kms.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::kms_vault {
namespace {

constexpr std::size_t max_purpose = 32;

[[noreturn]] void fail(gh_status code, const std::string& sentence) { throw sdk::StatusError(code, sentence); }
[[noreturn]] void fail(const sdk::Status& status) { fail(status.code(), status.sentence()); }

bool success(const HttpAnswer& answer) {
  return answer.outcome == Outcome::Answered && (answer.status == 200 || answer.status == 204);
}

const char* transit_type(std::uint32_t algorithm, int rsa_bits) {
  switch (algorithm) {
    case GH_ALG_ES256: return "ecdsa-p256";
    case GH_ALG_EDDSA: return "ed25519";
    case GH_ALG_RS256: return rsa_bits == 4096 ? "rsa-4096" : "rsa-3072";
    default: return "aes256-gcm96";
  }
}

}  // namespace

bool is_purpose(std::string_view purpose) noexcept {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !purpose.empty() && purpose.size() <= max_purpose && std::all_of(purpose.begin(), purpose.end(), allowed);
}

const KeyVersion* PurposeKeys::find(std::uint32_t version) const noexcept {
  if (version == 0) return &versions.back();
  // The newest are the ones asked for.
  const auto found =
      std::find_if(versions.rbegin(), versions.rend(), [&](const KeyVersion& key) { return key.version == version; });
  return found == versions.rend() ? nullptr : &*found;
}

Transit::Transit(Session& session, TransitOptions options, sdk::Host host)
    : session_(session), options_(std::move(options)), host_(host) {}

std::string Transit::path(std::string_view verb, std::string_view purpose) const {
  return options_.mount + "/" + std::string(verb) + "/" + key_name(purpose);
}

Transit::Entry& Transit::entry(std::string_view purpose) {
  if (!is_purpose(purpose)) fail(GH_INVALID, "a purpose is 1 to 32 of a-z and _");
  const std::lock_guard lock(mutex_);
  auto found = entries_.find(purpose);
  if (found == entries_.end()) found = entries_.emplace(std::string(purpose), std::make_unique<Entry>()).first;
  return *found->second;
}

PurposeKeysRef Transit::known(const Entry& entry) const {
  const std::lock_guard lock(mutex_);
  return entry.keys;
}

PurposeKeysRef Transit::fetch(std::string_view purpose, std::int64_t deadline_ns) {
  Entry& at = entry(purpose);
  const std::int64_t left = std::clamp<std::int64_t>(deadline_ns - host_.monotonic_ns(), 0, 60'000'000'000);
  at.fetching.run(std::chrono::nanoseconds(left), [&] {
    PurposeKeysRef now;
    try {
      now = ask(purpose, known(at), deadline_ns);
    } catch (const sdk::StatusError& error) {
      // Deleted: what was kept of it must not serve any more.
      if (error.code() == GH_NOT_FOUND) {
        const std::lock_guard lock(mutex_);
        at.keys = nullptr;
      }
      throw;
    }
    const std::lock_guard lock(mutex_);
    at.keys = std::move(now);
  });
  PurposeKeysRef keys = known(at);
  if (!keys) fail(GH_NOT_FOUND, "Vault has no key " + key_name(purpose));
  return keys;
}

PurposeKeysRef Transit::keys_with(std::string_view purpose, std::uint32_t version, std::int64_t deadline_ns) {
  const PurposeKeysRef keys = known(entry(purpose));
  if (keys && keys->find(version) != nullptr) {
    const bool lasting = options_.envelope && keys->algorithm == GH_ALG_HMAC_SHA256;
    if (!lasting || host_.monotonic_ns() - keys->confirmed_ns <= options_.envelope_max_age_ns) return keys;
  }
  return fetch(purpose, deadline_ns);
}

PurposeKeysRef Transit::ask(std::string_view purpose, const PurposeKeysRef& before, std::int64_t deadline_ns) {
  const std::int64_t asked_ns = host_.monotonic_ns();
  const std::string what = "reading the key " + key_name(purpose);
  const HttpAnswer answer = session_.perform({"GET", path("keys", purpose), {}, false}, deadline_ns);
  if (!success(answer)) fail(session_.refusal(answer, what));
  const auto key = read_key(answer.body.text());
  if (!key) fail(GH_UNAVAILABLE, what + ": the answer is not one of Vault's transit engine");
  if (key->algorithm == 0) {
    fail(GH_INVALID, what + ": its type is " + session_.without_secrets(key->type) +
                         ", which Gatehouse has no use for; it takes aes256-gcm96, ecdsa-p256, ed25519, rsa-3072 and "
                         "rsa-4096");
  }
  auto keys = std::make_shared<PurposeKeys>();
  keys->algorithm = key->algorithm;
  keys->confirmed_ns = asked_ns;
  for (const auto& [version, described] : key->versions) {
    KeyVersion made{version, described.created_us, described.public_key, nullptr};
    if (options_.envelope && key->algorithm == GH_ALG_HMAC_SHA256) {
      const KeyVersion* had = before && before->algorithm == key->algorithm ? before->find(version) : nullptr;
      // The same number with another birthday is another key: deleted and made anew.
      const bool same = had != nullptr && had->created_us == described.created_us;
      made.mac = same ? had->mac : unwrap(purpose, version, version == key->latest, deadline_ns);
    }
    keys->versions.push_back(std::move(made));
  }
  return keys;
}

std::shared_ptr<const MacKey> Transit::unwrap(std::string_view purpose, std::uint32_t version, bool needed,
                                              std::int64_t deadline_ns) {
  // No text of a client is equal to it, so no MAC that transit mode ever gave out is this key.
  std::string label("\0gatehouse envelope 1\0", 22);
  label += purpose;
  try {
    Versioned key = compute_mac(purpose, version, label, deadline_ns);
    auto made = std::make_shared<const MacKey>(key.bytes);
    wipe(key.bytes);
    return made;
  } catch (const sdk::StatusError& error) {
    if (needed || error.code() != GH_DENIED) throw;
    host_.warn("version " + std::to_string(version) + " of " + key_name(purpose) + " cannot be used: " + error.what());
    return nullptr;
  }
}

Versioned Transit::compute_mac(std::string_view purpose, std::uint32_t version, std::string_view message,
                               std::int64_t deadline_ns) {
  nlohmann::json asked = {{"input", base64(message)}};
  if (version != 0) asked["key_version"] = version;
  const std::string what = "an HMAC by the key " + key_name(purpose);
  const std::string body = asked.dump();
  const HttpAnswer answer = session_.perform({"POST", path("hmac", purpose) + "/sha2-256", body, false}, deadline_ns);
  if (!success(answer)) fail(session_.refusal(answer, what));
  auto mac = read_hmac(answer.body.text());
  if (!mac || (version != 0 && mac->version != version)) {
    fail(GH_UNAVAILABLE, what + ": the answer is not one of Vault's transit engine");
  }
  return std::move(*mac);
}

Versioned Transit::mac(std::string_view purpose, std::uint32_t version, std::string_view message,
                       std::int64_t deadline_ns) {
  try {
    return compute_mac(purpose, version, message, deadline_ns);
  } catch (const sdk::StatusError& error) {
    gone_or_rethrow(error, purpose, version, deadline_ns);
  }
}

Versioned Transit::sign(std::string_view purpose, std::uint32_t algorithm, std::uint32_t version,
                        std::string_view message, std::int64_t deadline_ns) {
  nlohmann::json asked = {{"input", base64(message)}, {"prehashed", false}};
  if (version != 0) asked["key_version"] = version;
  if (algorithm == GH_ALG_ES256) asked["marshaling_algorithm"] = "jws";
  if (algorithm == GH_ALG_RS256) asked["signature_algorithm"] = "pkcs1v15";
  // Ed25519 hashes by itself.
  const std::string hash = algorithm == GH_ALG_EDDSA ? "" : "/sha2-256";
  const std::string what = "a signature by the key " + key_name(purpose);
  const std::string body = asked.dump();
  const HttpAnswer answer = session_.perform({"POST", path("sign", purpose) + hash, body, false}, deadline_ns);
  try {
    if (!success(answer)) fail(session_.refusal(answer, what));
  } catch (const sdk::StatusError& error) {
    gone_or_rethrow(error, purpose, version, deadline_ns);
  }
  auto signature = read_signature(answer.body.text(), algorithm);
  if (!signature || (version != 0 && signature->version != version)) {
    fail(GH_UNAVAILABLE, what + ": the answer is not one of Vault's transit engine");
  }
  return std::move(*signature);
}

// Vault words a version that it does not have like any other refusal, so its list of versions is asked.
void Transit::gone_or_rethrow(const sdk::StatusError& error, std::string_view purpose, std::uint32_t version,
                              std::int64_t deadline_ns) {
  if (error.code() != GH_DENIED || fetch(purpose, deadline_ns)->find(version) != nullptr) throw error;
  fail(GH_NOT_FOUND, error.what());
}

void Transit::create(std::string_view purpose, std::uint32_t algorithm, std::int64_t deadline_ns) {
  const char* type = transit_type(algorithm, options_.rsa_bits);
  const nlohmann::json asked = {{"type", type}, {"exportable", false}, {"allow_plaintext_backup", false}};
  const std::string body = asked.dump();
  // Creating what is there changes nothing, so a lost answer is no doubt.
  const HttpAnswer answer = session_.perform({"POST", path("keys", purpose), body, false}, deadline_ns);
  if (!success(answer)) fail(session_.refusal(answer, "creating the key " + key_name(purpose)));
  host_.info("made the key " + key_name(purpose) + " (" + type + ") in Vault");
}

std::uint32_t Transit::rotate(std::string_view purpose, std::int64_t deadline_ns) {
  (void)fetch(purpose, deadline_ns);
  const std::string what = "rotating the key " + key_name(purpose);
  const HttpAnswer answer = session_.perform({"POST", path("keys", purpose) + "/rotate", "{}", true}, deadline_ns);
  if (!success(answer)) fail(session_.refusal(answer, what, true));
  try {
    return fetch(purpose, deadline_ns)->current().version;
  } catch (const sdk::StatusError& error) {
    fail(GH_IN_DOUBT, what + ": it was rotated, but the new version cannot be read: " + error.what());
  }
}

void Transit::fetch_all(std::int64_t timeout_ns) noexcept {
  try {
    std::vector<std::string> purposes;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [purpose, at] : entries_) {
        if (at->keys) purposes.push_back(purpose);
      }
    }
    for (const std::string& purpose : purposes) {
      try {
        (void)fetch(purpose, host_.monotonic_ns() + timeout_ns);
        if (failing_.erase(purpose) > 0) host_.info("the key " + key_name(purpose) + " is read again");
      } catch (const std::exception& error) {
        // A policy may deny this one only: the others are looked at all the same.
        host_.count("key_check_failed");
        if (failing_.insert(purpose).second) {
          host_.warn("the key " + key_name(purpose) + " cannot be read again: " + error.what());
        }
      }
    }
  } catch (const std::exception&) {
    host_.count("key_check_failed");  // no memory: the next check tries again
  }
}

}  // namespace gatehouse::kms_vault

// SPDX-License-Identifier: Apache-2.0
#include "tokens/access_token.h"

#include "base/encoding.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "tokens/claims.h"
#include "tokens/compact.h"
#include "tokens/json_object.h"
#include "tokens/key_set.h"
#include "tokens/signature_cache.h"

#include <mutex>
#include <utility>

namespace gatehouse::tokens {
namespace {

using KeySnapshot = std::shared_ptr<const KeySet>;

// Ours have about 120 characters. Reading a header costs something, and anyone can send one.
constexpr std::size_t max_header_size = 512;

// The reason is for the log. The client gets the same answer for each.
Error invalid(std::string_view why) { return {Code::TokenInvalid, std::string(why), {}, {}}; }

Error no_keys() { return {Code::ProviderUnavailable, "the signing keys were not read yet", {}, {}}; }

// Exactly alg, kid and typ (RFC 8725 3.1, 3.10, 3.11; RFC 7515 4.1.11). Null: not one of our headers.
const TokenKey* key_named_by(std::string_view header, const KeySet& keys) {
  if (header.size() > max_header_size) return nullptr;
  const auto json = base64url_decode(header);
  if (!json) return nullptr;
  const auto object = read_json_object(*json);
  if (!object || object->size() != 3) return nullptr;
  const auto* const alg = member<std::string>(*object, "alg");
  const auto* const typ = member<std::string>(*object, "typ");
  const auto* const kid = member<std::string>(*object, "kid");
  if (alg == nullptr || typ == nullptr || kid == nullptr || *typ != "at+jwt") return nullptr;
  const auto* const key = keys.find(*kid);
  // A key is for one algorithm, whatever a header says: else a public key would do as the secret of an HMAC.
  return key != nullptr && *alg == algorithm_name(key->algorithm) ? key : nullptr;
}

}  // namespace

struct AccessTokens::State {
  State(AccessTokenConfig given, providers::Keys& provider)
      : config(std::move(given)),
        parties{config.issuer, config.audience},
        keys(provider),
        cache(config.cache_entries) {}

  KeySnapshot snapshot() const {
    const std::lock_guard lock(mutex);
    return key_set;
  }

  Result<void> check_signature(const TokenKey& key, const Compact& parts, const Call& call) {
    const auto signature = base64url_decode(parts.signature);
    if (!signature) return invalid("signature is not base64url");
    if (key.public_key) {
      if (!key.public_key->verify(parts.signing_input, *signature)) return invalid("wrong signature");
      return {};
    }
    const auto mac = keys.mac(access_purpose, key.version, parts.signing_input, call);
    if (!mac) return mac.error().code == Code::NotFound ? invalid("retired key") : mac.error();
    if (!constant_time_equal(mac->view(), *signature)) return invalid("wrong signature");
    return {};
  }

  Result<SignatureCache::Entry> verify_signature(std::string_view token, const KeySet& current, const Call& call) {
    const auto parts = split_compact(token);
    if (!parts) return invalid("not three parts");
    const auto* const key = key_named_by(parts->header, current);
    if (key == nullptr) return invalid("header names no key of ours");
    if (auto checked = check_signature(*key, *parts, call); !checked) return std::move(checked).error();

    const auto payload = base64url_decode(parts->payload);
    auto claims = payload ? read_claims(*payload, parties) : std::nullopt;
    if (!claims) return invalid("claims");
    return SignatureCache::Entry(std::make_shared<const VerifiedToken>(VerifiedToken{std::move(*claims), key->kid}));
  }

  Result<std::string> sign(const TokenKey& key, std::string_view input, const Call& call) {
    if (!key.public_key) {
      const auto mac = keys.mac(access_purpose, key.version, input, call);
      if (!mac) return mac.error();
      return std::string(mac->view());
    }
    auto signature = keys.sign(access_purpose, key.version, input, call);
    if (!signature) return std::move(signature).error();
    // A provider that signs in another form makes tokens nobody can use.
    if (signature->bytes.size() != key.public_key->signature_size()) {
      return Error{Code::Internal, "the signature is not one of its algorithm", {}, {}};
    }
    return std::move(signature->bytes);
  }

  Result<std::string> mint_with(const TokenKey& key, const std::string& payload, const Call& call) {
    std::string token;
    token.reserve(key.header.size() + payload.size() * 4 / 3 + 600);
    token.append(key.header).append(".").append(base64url_encode(payload));
    const auto signature = sign(key, token, call);
    if (!signature) return signature.error();
    token.append(".").append(base64url_encode(*signature));
    // Nobody, we included, would accept it.
    if (token.size() > max_token_size) return Error{Code::Internal, "the claims do not fit into a token", {}, {}};
    return token;
  }

  Result<void> reload(const Call& call) {
    // One at a time, so that an older list never replaces a newer one.
    const std::lock_guard one(reloading);
    const auto listed = keys.list(access_purpose, call);
    if (!listed) return listed.error();
    auto made = KeySet::make(*listed);
    if (!made) return std::move(made).error();
    const auto fresh = std::move(*made);
    {
      const std::lock_guard lock(mutex);
      key_set = fresh;
    }
    cache.erase_if([&fresh](const VerifiedToken& token) { return fresh->find(token.kid) == nullptr; });
    return {};
  }

  const AccessTokenConfig config;
  const Parties parties;
  providers::Keys& keys;
  const crypto::Sha256 sha256;
  SignatureCache cache;
  std::mutex reloading;
  mutable std::mutex mutex;
  KeySnapshot key_set;  // guarded by mutex; null before the first reload
};

AccessTokens::AccessTokens(AccessTokenConfig config, providers::Keys& keys)
    : state_(std::make_unique<State>(std::move(config), keys)) {}

AccessTokens::~AccessTokens() = default;

Result<void> AccessTokens::reload_keys(const Call& call) { return state_->reload(call); }

Result<std::string> AccessTokens::mint(const AccessClaims& claims, const Call& call) {
  const auto keys = state_->snapshot();
  if (!keys) return no_keys();
  const auto payload = write_claims(claims, state_->parties);
  auto token = state_->mint_with(keys->current(), payload, call);
  if (token || token.error().code != Code::NotFound) return token;

  // The provider retired our key since we last asked.
  if (auto reloaded = state_->reload(call); !reloaded) return std::move(reloaded).error();
  token = state_->mint_with(state_->snapshot()->current(), payload, call);
  if (!token && token.error().code == Code::NotFound)
    return Error{Code::Internal, "the current key cannot sign", {}, {}};
  return token;
}

Result<AccessClaims> AccessTokens::verify(std::string_view token, const Call& call, bool allow_expired) {
  if (token.size() > max_token_size) return invalid("too long");
  const auto keys = state_->snapshot();
  if (!keys) return no_keys();

  const auto digest = state_->sha256(token);
  auto entry = state_->cache.find(digest);
  const bool known = entry != nullptr && keys->find(entry->kid) != nullptr;
  if (!known) {
    auto verified = state_->verify_signature(token, *keys, call);
    if (!verified) return std::move(verified).error();
    entry = std::move(*verified);
  }

  switch (judge(entry->verified, call.now, state_->config.leeway)) {
    case Timing::NotYet: return invalid("not valid yet");
    case Timing::Expired:
      if (!allow_expired) return Error{Code::TokenExpired, {}, {}, {}};
      break;
    case Timing::Valid:
      if (!known) state_->cache.insert(digest, entry);
      break;
  }
  return entry->verified.claims;
}

std::string AccessTokens::jwks() const {
  const auto keys = state_->snapshot();
  return keys ? keys->jwks() : "{\"keys\":[]}";
}

const AccessTokenConfig& AccessTokens::config() const noexcept { return state_->config; }

}  // namespace gatehouse::tokens

// SPDX-License-Identifier: Apache-2.0
#include "tokens/key_set.h"

#include "base/encoding.h"

#include <algorithm>
#include <utility>

namespace gatehouse::tokens {
namespace {

Error unusable(std::string why) { return {Code::Internal, "signing keys unusable: " + std::move(why), {}, {}}; }

crypto::SignatureAlgorithm signature_algorithm(providers::Algorithm algorithm) noexcept {
  switch (algorithm) {
    case providers::Algorithm::EdDSA: return crypto::SignatureAlgorithm::EdDSA;
    case providers::Algorithm::RS256: return crypto::SignatureAlgorithm::RS256;
    default: return crypto::SignatureAlgorithm::ES256;
  }
}

Result<TokenKey> token_key(const providers::KeyInfo& info) {
  TokenKey key;
  key.version = info.version;
  key.algorithm = info.algorithm;
  if (info.algorithm == providers::Algorithm::HmacSha256) {
    key.kid = "hs-" + std::to_string(info.version);
  } else {
    auto loaded = crypto::PublicKey::load(signature_algorithm(info.algorithm), info.public_key);
    if (!loaded) return std::move(loaded).error();
    key.kid = loaded->thumbprint();
    key.public_key = std::move(*loaded);
  }
  key.header = base64url_encode("{\"alg\":\"" + std::string(algorithm_name(info.algorithm)) + "\",\"kid\":\"" +
                                key.kid + "\",\"typ\":\"at+jwt\"}");
  return key;
}

std::string jwk_of(const TokenKey& key) {
  auto jwk = key.public_key->jwk();
  jwk.pop_back();
  return jwk + ",\"kid\":\"" + key.kid + "\",\"use\":\"sig\",\"alg\":\"" + std::string(algorithm_name(key.algorithm)) +
         "\"}";
}

}  // namespace

std::string_view algorithm_name(providers::Algorithm algorithm) noexcept {
  switch (algorithm) {
    case providers::Algorithm::HmacSha256: return "HS256";
    case providers::Algorithm::ES256: return "ES256";
    case providers::Algorithm::EdDSA: return "EdDSA";
    case providers::Algorithm::RS256: return "RS256";
  }
  return "none of ours";
}

Result<std::shared_ptr<const KeySet>> KeySet::make(const std::vector<providers::KeyInfo>& keys) {
  std::shared_ptr<KeySet> set(new KeySet());
  std::size_t current_keys = 0;
  std::string jwks;
  for (const auto& info : keys) {
    const auto name = "version " + std::to_string(info.version);
    if (info.state == providers::KeyState::Retired) continue;
    auto key = token_key(info);
    if (!key) return unusable(name + ": " + key.error().detail);
    if (set->find(key->kid) != nullptr) return unusable(name + " appears twice");
    if (info.state == providers::KeyState::Current) {
      set->current_ = set->keys_.size();
      ++current_keys;
    }
    if (key->public_key) jwks.append(jwks.empty() ? "" : ",").append(jwk_of(*key));
    set->keys_.push_back(std::move(*key));
  }
  if (current_keys != 1) return unusable(std::to_string(current_keys) + " keys are current, exactly one must be");
  set->jwks_ = "{\"keys\":[" + jwks + "]}";
  return std::shared_ptr<const KeySet>(std::move(set));
}

const TokenKey* KeySet::find(std::string_view kid) const noexcept {
  const auto at = std::find_if(keys_.begin(), keys_.end(), [kid](const TokenKey& key) { return key.kid == kid; });
  return at == keys_.end() ? nullptr : &*at;
}

}  // namespace gatehouse::tokens

// SPDX-License-Identifier: Apache-2.0
#include "key_set.h"

#include <gatehouse/kms.h>

#include <algorithm>
#include <stdexcept>

namespace gatehouse::kms_local {

namespace {

bool has_come(const Key& key, std::int64_t now_us) noexcept {
  return key.state == GH_KEY_NEXT && key.from_us != 0 && key.from_us <= now_us;
}

}  // namespace

const Key* Purpose::find(std::uint32_t version, std::int64_t now_us) const noexcept {
  // The newest versions are the ones asked for.
  const auto found = std::find_if(keys.rbegin(), keys.rend(), [&](const Key& key) {
    return version == 0 ? key.state == GH_KEY_CURRENT || has_come(key, now_us) : key.version == version;
  });
  return found == keys.rend() ? nullptr : &*found;
}

std::uint32_t Purpose::state_at(const Key& key, std::int64_t now_us) const noexcept {
  if (key.state != GH_KEY_CURRENT && !has_come(key, now_us)) return key.state;
  return find(0, now_us) == &key ? GH_KEY_CURRENT : GH_KEY_ACTIVE;
}

void KeySet::add(const std::vector<KeyRecord>& records) {
  for (const KeyRecord& record : records) {
    if (purposes_.empty() || purposes_.back().name != record.purpose) {
      purposes_.push_back({record.purpose, false, {}});
    }
    Key key{record.version, record.algorithm, record.state, record.created_us, record.from_us, nullptr, nullptr};
    try {
      if (record.algorithm == GH_ALG_HMAC_SHA256) {
        key.mac = std::make_shared<const MacKey>(record.secret.span());
      } else {
        key.signer = std::make_shared<const SigningKey>(record.algorithm, record.secret);
      }
    } catch (const std::invalid_argument& wrong) {
      throw TextError(record.line, std::string("the secret (column 6) is ") + wrong.what());
    }
    purposes_.back().keys.push_back(std::move(key));
  }
}

void KeySet::add_shared(std::string_view purpose, const std::vector<SharedSecret>& secrets) {
  std::erase_if(purposes_, [&](const Purpose& other) { return other.name == purpose; });
  Purpose made{std::string(purpose), true, {}};
  for (auto secret = secrets.rbegin(); secret != secrets.rend(); ++secret) {
    const std::uint32_t state = std::next(secret) == secrets.rend() ? GH_KEY_CURRENT : GH_KEY_ACTIVE;
    const SecretBytes key = derive_key(secret->bytes, purpose);
    made.keys.push_back(
        {secret->version, GH_ALG_HMAC_SHA256, state, 0, 0, std::make_shared<const MacKey>(key.span()), nullptr});
  }
  purposes_.push_back(std::move(made));
}

const Purpose* KeySet::find(std::string_view purpose) const noexcept {
  const auto found =
      std::find_if(purposes_.begin(), purposes_.end(), [&](const Purpose& other) { return other.name == purpose; });
  return found == purposes_.end() ? nullptr : &*found;
}

}  // namespace gatehouse::kms_local

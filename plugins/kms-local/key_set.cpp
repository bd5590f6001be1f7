// SPDX-License-Identifier: Apache-2.0
#include "key_set.h"

#include <gatehouse/kms.h>

#include <algorithm>
#include <stdexcept>

namespace gatehouse::kms_local {

const Key* Purpose::find(std::uint32_t version) const noexcept {
  const auto wanted = [version](const Key& key) {
    return version == 0 ? key.state == GH_KEY_CURRENT : key.version == version;
  };
  // The newest versions are the ones asked for.
  const auto found = std::find_if(keys.rbegin(), keys.rend(), wanted);
  return found == keys.rend() ? nullptr : &*found;
}

void KeySet::add(const std::vector<KeyRecord>& records) {
  for (const KeyRecord& record : records) {
    if (purposes_.empty() || purposes_.back().name != record.purpose) {
      purposes_.push_back({record.purpose, record.algorithm, false, {}});
    }
    Key key{record.version, record.state, record.created_us, nullptr, nullptr};
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
  Purpose made{std::string(purpose), GH_ALG_HMAC_SHA256, true, {}};
  for (auto secret = secrets.rbegin(); secret != secrets.rend(); ++secret) {
    const std::uint32_t state = std::next(secret) == secrets.rend() ? GH_KEY_CURRENT : GH_KEY_ACTIVE;
    const SecretBytes key = derive_key(secret->bytes, purpose);
    made.keys.push_back({secret->version, state, 0, std::make_shared<const MacKey>(key.span()), nullptr});
  }
  purposes_.push_back(std::move(made));
}

const Purpose* KeySet::find(std::string_view purpose) const noexcept {
  const auto found =
      std::find_if(purposes_.begin(), purposes_.end(), [&](const Purpose& other) { return other.name == purpose; });
  return found == purposes_.end() ? nullptr : &*found;
}

}  // namespace gatehouse::kms_local

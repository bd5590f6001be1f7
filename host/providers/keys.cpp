// SPDX-License-Identifier: Apache-2.0
#include "providers/keys.h"

#include "plugins/instance.h"
#include "providers/slices.h"

#include <gatehouse/kms.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace gatehouse::providers {
namespace {

using plugins::Entered;
using plugins::Timing;

constexpr std::size_t most_keys = 1000;
constexpr std::size_t longest_public_key = 16 * 1024;
constexpr std::size_t ec_signature = 64;
constexpr std::size_t shortest_rsa_signature = 3072 / 8;
constexpr std::size_t longest_rsa_signature = 16384 / 8;
// As they were before members were appended.
constexpr std::size_t first_key_info = offsetof(gh_key_info, signs_from_us);
constexpr std::size_t with_rotate_to = offsetof(gh_kms_v1, rotate_to) + sizeof(void*);

static_assert(static_cast<std::uint32_t>(Algorithm::RS256) == GH_ALG_RS256);
static_assert(static_cast<std::uint32_t>(KeyState::Retired) == GH_KEY_RETIRED);

const gh_kms_v1& table_of(const Entered& in) { return *static_cast<const gh_kms_v1*>(in.table); }

Error no_such_key() { return {Code::NotFound, "no such key", {}, std::nullopt}; }

// Which algorithm it must be of, the caller knows: it named the version.
bool possible_signature(std::size_t size) noexcept {
  return size == ec_signature || (size >= shortest_rsa_signature && size <= longest_rsa_signature);
}

struct KeyList {
  std::vector<KeyInfo> keys;
  bool lied = false;

  static void put(void* context, const gh_key_info* info) noexcept {
    auto* self = plugins::receiver_of<KeyList>(context);
    if (self != nullptr && !self->take(info)) self->lied = true;
  }

  bool take(const gh_key_info* info) noexcept {
    if (info == nullptr || info->struct_size < first_key_info || keys.size() == most_keys) return false;
    bool honest = true;
    const auto public_key = text_of(info->public_key, honest);
    const bool known = info->algorithm >= GH_ALG_HMAC_SHA256 && info->algorithm <= GH_ALG_RS256 &&
                       info->state >= GH_KEY_NEXT && info->state <= GH_KEY_RETIRED;
    if (!honest || !known || public_key.size() > longest_public_key) return false;
    if (public_key.empty() != (info->algorithm == GH_ALG_HMAC_SHA256)) return false;
    // Oldest first.
    if (info->version <= (keys.empty() ? 0 : keys.back().version)) return false;
    std::optional<Time> from;
    if (info->struct_size >= sizeof(gh_key_info) && info->state == GH_KEY_NEXT && info->signs_from_us != 0) {
      from = Time(std::chrono::microseconds(info->signs_from_us));
    }
    try {
      keys.push_back({info->version, static_cast<Algorithm>(info->algorithm), static_cast<KeyState>(info->state),
                      Time(std::chrono::microseconds(info->created_us)), std::string(public_key), from});
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }

  bool several_current() const {
    return std::count_if(keys.begin(), keys.end(), [](const auto& k) { return k.state == KeyState::Current; }) > 1;
  }
};

struct SignatureSink {
  std::string bytes;
  bool lied = false;

  static void put(void* context, gh_slice part) noexcept {
    auto* self = plugins::receiver_of<SignatureSink>(context);
    if (self == nullptr) return;
    bool honest = true;
    const auto view = text_of(part, honest);
    if (!honest || view.empty() || view.size() > longest_rsa_signature || !self->bytes.empty()) {
      self->lied = true;
      return;
    }
    try {
      self->bytes = view;
    } catch (const std::bad_alloc&) {
      self->lied = true;
    }
  }
};

}  // namespace

Keys::Keys(plugins::Instance& instance)
    : instance_(instance),
      ensure_(instance.operation(GH_KMS_V1, "ensure", Timing::EveryCall)),
      list_(instance.operation(GH_KMS_V1, "keys", Timing::EveryCall)),
      mac_(instance.operation(GH_KMS_V1, "mac", Timing::OneIn64)),
      sign_(instance.operation(GH_KMS_V1, "sign", Timing::OneIn64)),
      rotate_(instance.operation(GH_KMS_V1, "rotate", Timing::EveryCall)),
      ping_(instance.operation(GH_KMS_V1, "ping", Timing::EveryCall)) {}

void Keys::ensure(std::string_view purpose, Algorithm algorithm, const Call& call) {
  auto body = [&](const Entered& in) {
    return table_of(in).ensure(in.self, &in.call, slice(purpose), static_cast<std::uint32_t>(algorithm));
  };
  const auto status = instance_.enter(ensure_, call, {}, nullptr, body);
  if (!status) {
    throw std::runtime_error("no usable key for \"" + std::string(purpose) + "\": " + status.error().detail);
  }
}

Result<std::vector<KeyInfo>> Keys::list(std::string_view purpose, const Call& call) {
  KeyList list;
  auto body = [&](const Entered& in) {
    const gh_key_sink sink{in.context, &KeyList::put};
    return table_of(in).keys(in.self, &in.call, slice(purpose), &sink);
  };
  const auto status = instance_.enter(list_, call, {GH_NOT_FOUND}, &list, body);
  if (!status) return status.error();
  if (list.lied || list.several_current()) return instance_.disbelieve(list_, call, "described keys that cannot be");
  if (list.keys.empty() != (*status == GH_NOT_FOUND))
    return instance_.disbelieve(list_, call, "gave keys and a status that contradict each other");
  if (*status == GH_NOT_FOUND) return no_such_key();
  return std::move(list.keys);
}

Result<Mac> Keys::mac(std::string_view purpose, std::uint32_t version, std::string_view message, const Call& call) {
  Mac mac;
  auto body = [&](const Entered& in) {
    return table_of(in).mac(in.self, &in.call, slice(purpose), version, slice(message), mac.bytes.data(), &mac.version);
  };
  const auto status = instance_.enter(mac_, call, {GH_NOT_FOUND}, nullptr, body);
  if (!status) return status.error();
  if (*status == GH_NOT_FOUND) return no_such_key();
  if (mac.version == 0 || (version != 0 && mac.version != version))
    return instance_.disbelieve(mac_, call, "used another key than it was asked to");
  // One MAC in 2^256 is zero; a buffer that nobody wrote to always is.
  if (mac.bytes == std::array<std::uint8_t, 32>{}) return instance_.disbelieve(mac_, call, "gave no MAC");
  return mac;
}

Result<Signature> Keys::sign(std::string_view purpose, std::uint32_t version, std::string_view message,
                             const Call& call) {
  SignatureSink signature;
  std::uint32_t used = 0;
  auto body = [&](const Entered& in) {
    const gh_bytes_sink sink{in.context, &SignatureSink::put};
    return table_of(in).sign(in.self, &in.call, slice(purpose), version, slice(message), &sink, &used);
  };
  const auto status = instance_.enter(sign_, call, {GH_NOT_FOUND}, &signature, body);
  if (!status) return status.error();
  if (*status == GH_NOT_FOUND) return no_such_key();
  if (signature.lied || !possible_signature(signature.bytes.size()))
    return instance_.disbelieve(sign_, call, "gave a signature that cannot be");
  if (used == 0 || (version != 0 && used != version))
    return instance_.disbelieve(sign_, call, "used another key than it was asked to");
  return Signature{std::move(signature.bytes), used};
}

Result<std::uint32_t> Keys::rotate(std::string_view purpose, Algorithm algorithm, Time from, const Call& call) {
  std::uint32_t version = 0;
  bool able = true;
  auto body = [&](const Entered& in) -> gh_status {
    const auto& table = table_of(in);
    able = table.struct_size >= with_rotate_to && table.rotate_to != nullptr;
    if (!able) return GH_NOT_FOUND;
    const auto from_us = std::chrono::duration_cast<std::chrono::microseconds>(from.time_since_epoch()).count();
    return table.rotate_to(in.self, &in.call, slice(purpose), static_cast<std::uint32_t>(algorithm), from_us, &version);
  };
  const auto status = instance_.enter(rotate_, call, {GH_NOT_FOUND}, nullptr, body);
  if (!able) return rotate_at_once(purpose, algorithm, from, call);
  if (!status) return status.error();
  if (*status == GH_NOT_FOUND) return no_such_key();
  if (version == 0) return instance_.disbelieve(rotate_, call, "rotated to no version");
  return version;
}

Result<std::uint32_t> Keys::rotate_at_once(std::string_view purpose, Algorithm algorithm, Time from, const Call& call) {
  const auto listed = list(purpose, call);
  if (!listed) return listed.error();
  const auto current =
      std::find_if(listed->begin(), listed->end(), [](const auto& key) { return key.state == KeyState::Current; });
  if (current == listed->end() || current->algorithm != algorithm) {
    return Error{
        Code::Internal,
        "this key provider cannot change the algorithm of a key; change the setting of the algorithm back, or replace "
        "the key as the plugin's README says",
        {},
        {}};
  }
  if (from > call.now) {
    return Error{
        Code::Internal,
        "this key provider cannot publish a key before it signs with it: whoever keeps the public keys may refuse its "
        "tokens for five minutes; --now says that you know",
        {},
        {}};
  }
  std::uint32_t version = 0;
  auto body = [&](const Entered& in) { return table_of(in).rotate(in.self, &in.call, slice(purpose), &version); };
  const auto status = instance_.enter(rotate_, call, {GH_NOT_FOUND}, nullptr, body);
  if (!status) return status.error();
  if (*status == GH_NOT_FOUND) return no_such_key();
  if (version == 0) return instance_.disbelieve(rotate_, call, "rotated to no version");
  return version;
}

Result<void> Keys::ping(const Call& call) {
  auto body = [](const Entered& in) { return table_of(in).ping(in.self, &in.call); };
  const auto status = instance_.enter(ping_, call, {}, nullptr, body);
  if (!status) return status.error();
  return {};
}

}  // namespace gatehouse::providers

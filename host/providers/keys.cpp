// SPDX-License-Identifier: Apache-2.0
#include "providers/keys.h"

#include "plugins/instance.h"
#include "providers/slices.h"

#include <gatehouse/kms.h>

#include <stdexcept>
#include <utility>

namespace gatehouse::providers {
namespace {

constexpr std::size_t most_keys = 1000;
constexpr std::size_t longest_public_key = 16 * 1024;
constexpr std::size_t longest_signature = 1024;

static_assert(static_cast<std::uint32_t>(Algorithm::RS256) == GH_ALG_RS256);
static_assert(static_cast<std::uint32_t>(KeyState::Retired) == GH_KEY_RETIRED);

const gh_kms_v1& table_of(const void* table) { return *static_cast<const gh_kms_v1*>(table); }

Error lie(std::string_view what) { return {Code::Internal, "the key provider " + std::string(what)}; }
Error no_such_key() { return {Code::NotFound, "no such key"}; }

struct KeyList {
  std::vector<KeyInfo> keys;
  bool lied = false;

  static void put(void* context, const gh_key_info* info) noexcept {
    auto& self = *static_cast<KeyList*>(context);
    if (!self.take(info)) self.lied = true;
  }

  bool take(const gh_key_info* info) noexcept {
    if (info == nullptr || info->struct_size < sizeof(gh_key_info) || keys.size() == most_keys) return false;
    bool honest = true;
    const auto public_key = text_of(info->public_key, honest);
    const bool known = info->algorithm >= GH_ALG_HMAC_SHA256 && info->algorithm <= GH_ALG_RS256 &&
                       info->state >= GH_KEY_NEXT && info->state <= GH_KEY_RETIRED;
    if (!honest || !known || info->version == 0 || public_key.size() > longest_public_key) return false;
    try {
      keys.push_back({info->version, static_cast<Algorithm>(info->algorithm), static_cast<KeyState>(info->state),
                      Time(std::chrono::microseconds(info->created_us)), std::string(public_key)});
    } catch (const std::bad_alloc&) {
      return false;
    }
    return true;
  }
};

struct SignatureSink {
  std::string bytes;
  bool lied = false;

  static void put(void* context, gh_slice part) noexcept {
    auto& self = *static_cast<SignatureSink*>(context);
    bool honest = true;
    const auto view = text_of(part, honest);
    if (!honest || view.empty() || view.size() > longest_signature || !self.bytes.empty()) {
      self.lied = true;
      return;
    }
    self.bytes = view;
  }
};

}  // namespace

Keys::Keys(plugins::Instance& instance) : instance_(instance) {}

void Keys::ensure(std::string_view purpose, Algorithm algorithm, const Call& call) {
  const auto status =
      instance_.enter(GH_KMS_V1, "ensure", call, {GH_OK}, [&](const void* table, gh_instance* self, const gh_call& gh) {
        return table_of(table).ensure(self, &gh, slice(purpose), static_cast<std::uint32_t>(algorithm));
      });
  if (status) return;
  throw std::runtime_error("plugin \"" + instance_.name() + "\" has no usable key for \"" + std::string(purpose) +
                           "\": " + status.error().detail);
}

Result<std::vector<KeyInfo>> Keys::list(std::string_view purpose, const Call& call) {
  KeyList list;
  const gh_key_sink sink{&list, &KeyList::put};
  const auto status = instance_.enter(GH_KMS_V1, "keys", call, {GH_OK, GH_NOT_FOUND},
                                      [&](const void* table, gh_instance* self, const gh_call& gh) {
                                        return table_of(table).keys(self, &gh, slice(purpose), &sink);
                                      });
  if (!status) return status.error();
  if (list.lied) return lie("described a key that cannot be");
  if (*status == GH_NOT_FOUND) return no_such_key();
  return std::move(list.keys);
}

Result<Mac> Keys::mac(std::string_view purpose, std::uint32_t version, std::string_view message, const Call& call) {
  Mac mac;
  const auto status = instance_.enter(
      GH_KMS_V1, "mac", call, {GH_OK, GH_NOT_FOUND}, [&](const void* table, gh_instance* self, const gh_call& gh) {
        return table_of(table).mac(self, &gh, slice(purpose), version, slice(message), mac.bytes.data(), &mac.version);
      });
  if (!status) return status.error();
  if (*status == GH_NOT_FOUND) return no_such_key();
  if (mac.version == 0 || (version != 0 && mac.version != version)) return lie("used another key than it was asked to");
  return mac;
}

Result<Signature> Keys::sign(std::string_view purpose, std::uint32_t version, std::string_view message,
                             const Call& call) {
  SignatureSink signature;
  const gh_bytes_sink sink{&signature, &SignatureSink::put};
  std::uint32_t used = 0;
  const auto status = instance_.enter(
      GH_KMS_V1, "sign", call, {GH_OK, GH_NOT_FOUND}, [&](const void* table, gh_instance* self, const gh_call& gh) {
        return table_of(table).sign(self, &gh, slice(purpose), version, slice(message), &sink, &used);
      });
  if (!status) return status.error();
  if (*status == GH_NOT_FOUND) return no_such_key();
  if (signature.lied || signature.bytes.empty()) return lie("gave no signature, or several");
  if (used == 0 || (version != 0 && used != version)) return lie("used another key than it was asked to");
  return Signature{std::move(signature.bytes), used};
}

Result<std::uint32_t> Keys::rotate(std::string_view purpose, const Call& call) {
  std::uint32_t version = 0;
  const auto status = instance_.enter(GH_KMS_V1, "rotate", call, {GH_OK, GH_NOT_FOUND},
                                      [&](const void* table, gh_instance* self, const gh_call& gh) {
                                        return table_of(table).rotate(self, &gh, slice(purpose), &version);
                                      });
  if (!status) return status.error();
  if (*status == GH_NOT_FOUND) return no_such_key();
  if (version == 0) return lie("rotated to no version");
  return version;
}

Result<void> Keys::ping(const Call& call) {
  const auto status = instance_.enter(
      GH_KMS_V1, "ping", call, {GH_OK},
      [](const void* table, gh_instance* self, const gh_call& gh) { return table_of(table).ping(self, &gh); });
  if (!status) return status.error();
  return {};
}

}  // namespace gatehouse::providers

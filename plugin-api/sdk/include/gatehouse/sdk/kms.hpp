// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/kms.h>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <cstdint>
#include <string_view>
#include <type_traits>

// "gatehouse.kms/1" in C++; the contract is in <gatehouse/kms.h>.
namespace gatehouse::sdk {

struct Key {
  std::uint32_t version = 0;
  std::uint32_t algorithm = 0;  // GH_ALG_*
  std::uint32_t state = 0;      // GH_KEY_*
  std::int64_t created_us = 0;
  std::string_view public_key;  // DER SubjectPublicKeyInfo; empty for HMAC
  std::int64_t signs_from_us = 0;
};

class KeySink {
 public:
  explicit KeySink(const gh_key_sink& sink) noexcept : sink_(sink) {}
  void put(const Key& key) const noexcept {
    const gh_key_info info = {sizeof(gh_key_info), key.version,           key.algorithm,    key.state,
                              key.created_us,      slice(key.public_key), key.signs_from_us};
    sink_.put(sink_.context, &info);
  }

 private:
  const gh_key_sink& sink_;
};

// Derive the plugin's class from Plugin and from this. All but `ensure` may be called from any thread at once. What is
// written to `mac` and `used` counts only with GH_OK.
class Kms {
 public:
  virtual Status ensure(const Call& call, std::string_view purpose, std::uint32_t algorithm) = 0;
  virtual Status keys(const Call& call, std::string_view purpose, const KeySink& sink) = 0;
  virtual Status mac(const Call& call, std::string_view purpose, std::uint32_t version, std::string_view message,
                     std::uint8_t (&mac)[32], std::uint32_t& used) = 0;
  virtual Status sign(const Call& call, std::string_view purpose, std::uint32_t version, std::string_view message,
                      const BytesSink& signature, std::uint32_t& used) = 0;
  virtual Status rotate(const Call& call, std::string_view purpose, std::uint32_t& version) = 0;
  virtual Status ping(const Call& call) = 0;

  // Override it where a key can be published before it signs, or its algorithm changed; otherwise the table has none.
  virtual Status rotate_to(const Call&, std::string_view, std::uint32_t, std::int64_t, std::uint32_t&) {
    return GH_UNSUPPORTED;
  }

 protected:
  ~Kms() = default;
};

namespace detail {

template <class T>
struct KmsTable {
  static Kms& self(gh_instance* instance) noexcept { return *reinterpret_cast<T*>(instance); }

  static gh_status ensure(gh_instance* instance, const gh_call* call, gh_slice purpose,
                          std::uint32_t algorithm) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).ensure(c, view(purpose), algorithm); });
  }
  static gh_status keys(gh_instance* instance, const gh_call* call, gh_slice purpose,
                        const gh_key_sink* sink) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).keys(c, view(purpose), KeySink(*sink)); });
  }
  static gh_status mac(gh_instance* instance, const gh_call* call, gh_slice purpose, std::uint32_t version,
                       gh_slice message, std::uint8_t* out, std::uint32_t* used) noexcept {
    return guarded(call, [&](const Call& c) {
      return self(instance).mac(c, view(purpose), version, view(message), *reinterpret_cast<std::uint8_t(*)[32]>(out),
                                *used);
    });
  }
  static gh_status sign(gh_instance* instance, const gh_call* call, gh_slice purpose, std::uint32_t version,
                        gh_slice message, const gh_bytes_sink* signature, std::uint32_t* used) noexcept {
    return guarded(call, [&](const Call& c) {
      return self(instance).sign(c, view(purpose), version, view(message), BytesSink(*signature), *used);
    });
  }
  static gh_status rotate(gh_instance* instance, const gh_call* call, gh_slice purpose,
                          std::uint32_t* version) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).rotate(c, view(purpose), *version); });
  }
  static gh_status rotate_to(gh_instance* instance, const gh_call* call, gh_slice purpose, std::uint32_t algorithm,
                             std::int64_t from_us, std::uint32_t* version) noexcept {
    return guarded(
        call, [&](const Call& c) { return self(instance).rotate_to(c, view(purpose), algorithm, from_us, *version); });
  }
  static gh_status ping(gh_instance* instance, const gh_call* call) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).ping(c); });
  }

  // A pointer to an inherited member has the type of the base's.
  static constexpr bool can_rotate_to = !std::is_same_v<decltype(&T::rotate_to), decltype(&Kms::rotate_to)>;
  static constexpr gh_kms_v1 table = {
      sizeof(gh_kms_v1), 0, ensure, keys, mac, sign, rotate, ping, can_rotate_to ? rotate_to : nullptr};
};

}  // namespace detail
}  // namespace gatehouse::sdk

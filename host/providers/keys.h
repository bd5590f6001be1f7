// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::plugins {
class Instance;
class Operation;
}  // namespace gatehouse::plugins

namespace gatehouse::providers {

enum class Algorithm : std::uint32_t { HmacSha256 = 1, ES256 = 2, EdDSA = 3, RS256 = 4 };
enum class KeyState : std::uint32_t { Next = 1, Current = 2, Active = 3, Retired = 4 };

struct KeyInfo {
  std::uint32_t version = 0;
  Algorithm algorithm = Algorithm::HmacSha256;
  KeyState state = KeyState::Retired;
  Time created{};
  std::string public_key;          // DER SubjectPublicKeyInfo; empty for HMAC
  std::optional<Time> signs_from;  // of a next key, where that is known: when it becomes current
};

struct Mac {
  std::array<std::uint8_t, 32> bytes{};
  std::uint32_t version = 0;
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

struct Signature {
  std::string bytes;
  std::uint32_t version = 0;
};

// Keys by purpose and version in a kms plugin. Any thread.
// Errors: NotFound (no such purpose or version: what it protected is not valid), ProviderUnavailable (unknown: deny),
// Internal (the plugin misbehaved: deny). A MAC that was not written, or a signature of a length that no algorithm has,
// is Internal.
class Keys {
 public:
  // The instance is assigned gatehouse.kms/1 and outlives this. Throws plugins::LoadError otherwise.
  explicit Keys(plugins::Instance& instance);

  // Start-up only, before any other thread uses this; throws std::runtime_error with the plugin's words.
  void ensure(std::string_view purpose, Algorithm algorithm, const Call& call);
  // Oldest first.
  Result<std::vector<KeyInfo>> list(std::string_view purpose, const Call& call);
  Result<Mac> mac(std::string_view purpose, std::uint32_t version, std::string_view message, const Call& call);
  Result<Signature> sign(std::string_view purpose, std::uint32_t version, std::string_view message, const Call& call);
  // A new version of this algorithm, which signs from then on and is a next key before; a time that is not after the
  // call's means at once. A provider that cannot publish a key before it signs, or change the algorithm, is not asked
  // to: the error says so.
  Result<std::uint32_t> rotate(std::string_view purpose, Algorithm algorithm, Time from, const Call& call);
  Result<void> ping(const Call& call);

 private:
  Result<std::uint32_t> rotate_at_once(std::string_view purpose, Algorithm algorithm, Time from, const Call& call);

  plugins::Instance& instance_;
  const plugins::Operation& ensure_;
  const plugins::Operation& list_;
  const plugins::Operation& mac_;
  const plugins::Operation& sign_;
  const plugins::Operation& rotate_;
  const plugins::Operation& ping_;
};

}  // namespace gatehouse::providers

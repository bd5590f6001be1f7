// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/store.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse::bench {

constexpr std::size_t session_fields = 28;
constexpr std::uint32_t session_by_user = 0;  // index (user_id, created_at)

// One kind, laid out as the host's sessions are: 28 fields, an index by user and creation, an expiry.
const gh_schema& session_schema() noexcept;

// Session number n, made from n alone, so that a million of them need no memory of the benchmark's own. It belongs to
// user number n % users. Ids have the form of UUIDv7: those of users are spread over a year, those of sessions over a
// week.
class SessionData {
 public:
  SessionData() = default;
  SessionData(const SessionData&) = delete;
  SessionData& operator=(const SessionData&) = delete;

  void set_key(std::uint64_t number, std::uint64_t users) noexcept;
  // All values too, as after `rotations` refreshes.
  void set(std::uint64_t number, std::uint64_t users, std::int64_t rotations) noexcept;

  gh_key key() const noexcept;
  gh_value user() const noexcept;
  gh_write put(std::int64_t expected_version) const noexcept;

 private:
  using Uuid = std::array<char, 36>;

  Uuid user_{};
  Uuid id_{};
  Uuid current_jti_{};
  Uuid previous_jti_{};
  std::array<std::uint8_t, 16> salt_{};
  std::array<std::uint8_t, 32> attempt_{};
  std::array<std::uint8_t, 32> binding_{};
  std::array<gh_value, session_fields> values_{};
};

constexpr std::int64_t session_epoch_us = 1'750'000'000'000'000;

}  // namespace gatehouse::bench

// SPDX-License-Identifier: Apache-2.0
#include "session_data.h"

#include <string_view>

namespace gatehouse::bench {
namespace {

constexpr std::string_view tenant = "default";
constexpr std::string_view agent =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t day = 86'400 * second;

constexpr std::uint32_t expiry_field = 6;

constexpr gh_field fields[session_fields] = {
    {"user_id", GH_TEXT, 0},
    {"status", GH_TEXT, 0},
    {"created_at", GH_TIME, 0},
    {"last_used_at", GH_TIME, 0},
    {"expires_at", GH_TIME, 0},
    {"idle_expires_at", GH_TIME, 0},
    {"purge_at", GH_TIME, 0},
    {"remember", GH_BOOL, 0},
    {"auth_time", GH_TIME, 0},
    {"revoked_at", GH_TIME, GH_FIELD_NULLABLE},
    {"revoked_reason", GH_TEXT, GH_FIELD_NULLABLE},
    {"device_name", GH_TEXT, GH_FIELD_NULLABLE},
    {"ip", GH_TEXT, GH_FIELD_NULLABLE},
    {"user_agent", GH_TEXT, GH_FIELD_NULLABLE},
    {"user_epoch", GH_INT, 0},
    {"generation", GH_INT, 0},
    {"window_base", GH_INT, 0},
    {"window_start", GH_TIME, 0},
    {"rotated_at", GH_TIME, 0},
    {"attempt", GH_BYTES, GH_FIELD_NULLABLE},
    {"replays", GH_INT, 0},
    {"confirmed", GH_BOOL, 0},
    {"late_tokens", GH_INT, 0},
    {"late_at", GH_TIME, 0},
    {"binding", GH_BYTES, GH_FIELD_NULLABLE},
    {"salt", GH_BYTES, GH_FIELD_SENSITIVE},
    {"current_jti", GH_TEXT, 0},
    {"previous_jti", GH_TEXT, GH_FIELD_NULLABLE},
};
constexpr std::uint32_t by_user_fields[] = {0, 2};
constexpr gh_index indexes[] = {{"by_user", by_user_fields, 2, 0}};
constexpr gh_kind kinds[] = {
    {"session", fields, session_fields, sizeof(gh_field), indexes, 1, sizeof(gh_index), expiry_field, 0}};
constexpr std::uint32_t assigned[] = {0};
constexpr gh_schema schema = {sizeof(gh_schema), 1, kinds, 1, sizeof(gh_kind), assigned, 1};

std::uint64_t mix(std::uint64_t value) noexcept {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

template <std::size_t N>
void fill(std::array<std::uint8_t, N>& out, std::uint64_t seed) noexcept {
  for (std::size_t at = 0; at < N; ++at) {
    if (at % 8 == 0) seed = mix(seed);
    out[at] = static_cast<std::uint8_t>(seed >> (at % 8 * 8));
  }
}

template <class Text>
void write_uuid(Text& out, std::uint64_t milliseconds, std::uint64_t seed) noexcept {
  constexpr char digits[] = "0123456789abcdef";
  const std::uint64_t words[2] = {milliseconds << 16 | 0x7000 | (mix(seed) & 0xfff), mix(seed + 1)};
  std::size_t to = 0;
  for (unsigned digit = 0; digit < 32; ++digit) {
    if (digit == 8 || digit == 12 || digit == 16 || digit == 20) out[to++] = '-';
    out[to++] = digits[words[digit / 16] >> (60 - digit % 16 * 4) & 15];
  }
}

gh_slice slice(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
template <class Array>
gh_slice slice_of(const Array& bytes) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

gh_value number(std::uint32_t type, std::int64_t value) noexcept { return {type, 0, value, {nullptr, 0}}; }
gh_value time(std::int64_t value) noexcept { return number(GH_TIME, value); }
gh_value integer(std::int64_t value) noexcept { return number(GH_INT, value); }
gh_value boolean(bool value) noexcept { return number(GH_BOOL, value ? 1 : 0); }
gh_value text(gh_slice value) noexcept { return {GH_TEXT, 0, 0, value}; }
gh_value bytes(gh_slice value) noexcept { return {GH_BYTES, 0, 0, value}; }

}  // namespace

const gh_schema& session_schema() noexcept { return schema; }

void SessionData::set_key(std::uint64_t number, std::uint64_t users) noexcept {
  constexpr std::uint64_t year_ms = 365ull * 86'400'000;
  constexpr std::uint64_t week_ms = 7ull * 86'400'000;
  constexpr std::uint64_t now_ms = session_epoch_us / 1000;
  const std::uint64_t user = number % users;
  write_uuid(user_, now_ms - mix(user) % year_ms, user * 2 + 1);
  write_uuid(id_, now_ms - mix(number ^ 0x5555) % week_ms, number * 2);
}

void SessionData::set(std::uint64_t number, std::uint64_t users, std::int64_t rotations) noexcept {
  set_key(number, users);
  const std::int64_t created = session_epoch_us - static_cast<std::int64_t>(mix(number) % (7 * 86'400)) * second;
  const std::int64_t used = created + (rotations + 1) * 900 * second + 12'345;
  write_uuid(current_jti_, static_cast<std::uint64_t>(used / 1000), number * 7 + static_cast<std::uint64_t>(rotations));
  write_uuid(previous_jti_, static_cast<std::uint64_t>(used / 1000 - 900'000), number * 7 + 3);
  fill(salt_, number);
  fill(attempt_, number + 1);
  fill(binding_, number + 2);
  values_ = {text(slice_of(user_)),
             text(slice("active")),
             time(created),
             time(used),
             time(created + 30 * day),
             time(used + 7 * day),
             time(used + 8 * day),
             boolean(false),
             time(created),
             gh_value{},
             gh_value{},
             text(slice("Firefox on Li")),
             text(slice("203.0.113.77")),
             text(slice(agent)),
             integer(3),
             integer(rotations),
             integer(rotations),
             time(used),
             time(used),
             bytes(slice_of(attempt_)),
             integer(0),
             boolean(true),
             integer(3),
             time(created),
             bytes(slice_of(binding_)),
             bytes(slice_of(salt_)),
             text(slice_of(current_jti_)),
             text(slice_of(previous_jti_))};
}

gh_key SessionData::key() const noexcept { return {slice(tenant), slice_of(user_), slice_of(id_)}; }

gh_value SessionData::user() const noexcept { return text(slice_of(user_)); }

gh_write SessionData::put(std::int64_t expected_version) const noexcept {
  return {GH_WRITE_PUT, 0, key(), expected_version, values_.data(), session_fields, 0};
}

}  // namespace gatehouse::bench

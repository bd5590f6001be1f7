// SPDX-License-Identifier: Apache-2.0
#include "auth/lockout.h"

#include "auth/limits.h"
#include "base/encoding.h"
#include "base/metrics.h"
#include "providers/keys.h"

#include <algorithm>
#include <utility>

namespace gatehouse::auth {
namespace {

using providers::RecordReader;
using providers::Value;
using providers::ValueType;

// Positions in the stored record. Append only. What is `cleared_at` in an account's record is `shown` in a device's.
enum Field : std::uint32_t { FailedAt, LockedUntil, KnownUntil, ClearedAt, ExpiresAt };

// All counters of an attempt are written in one commit, which every store does inside one partition.
constexpr std::string_view partition = "counter";
constexpr std::size_t time_size = 8;
constexpr std::size_t digest_size = 16;
constexpr int attempts_to_remember = 8;

std::string encode_times(const std::vector<Time>& times) {
  std::string bytes;
  bytes.reserve(times.size() * time_size);
  for (const auto time : times) {
    const auto count = static_cast<std::uint64_t>(time.time_since_epoch().count());
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(count >> shift & 0xFF));
  }
  return bytes;
}

std::vector<Time> decode_times(std::string_view bytes) {
  std::vector<Time> times;
  for (std::size_t at = 0; at + time_size <= bytes.size(); at += time_size) {
    std::uint64_t count = 0;
    for (const char byte : bytes.substr(at, time_size)) count = count << 8 | static_cast<std::uint8_t>(byte);
    times.emplace_back(std::chrono::microseconds(static_cast<std::int64_t>(count)));
  }
  return times;
}

std::optional<Failures> decode(RecordReader& record, bool is_account) {
  Failures failures;
  const auto bytes = record.bytes(FailedAt);
  failures.times = decode_times(bytes);
  failures.locked_until = record.optional_time(LockedUntil);
  failures.known_until = record.optional_time(KnownUntil);
  (is_account ? failures.cleared_at : failures.shown) = record.optional_time(ClearedAt);
  if (!record.well_formed() || bytes.size() % time_size != 0) return std::nullopt;
  return failures;
}

}  // namespace

providers::KindDef lockout_kind() {
  return {.name = "lockout",
          .fields = {{"failed_at", ValueType::Bytes},
                     {"locked_until", ValueType::Time, true},
                     {"known_until", ValueType::Time, true},
                     {"cleared_at", ValueType::Time, true},
                     {"expires_at", ValueType::Time}},
          .indexes = {},
          .expiry_field = ExpiresAt};
}

std::optional<Error> LockoutTrial::refusal() const {
  if (!active_) return std::nullopt;
  const auto until = refused_until(state_, now_, policy_);
  if (!until) return std::nullopt;
  Error refused{Code::AccountLocked, {}};
  refused.retry_after = std::chrono::ceil<std::chrono::milliseconds>(*until - now_);
  return refused;
}

void LockoutTrial::fail() {
  if (!active_) return;
  counted_ = after_failure(state_, now_, policy_);
  state_ = counted_.next;
  entries_[Device].changes = entries_[Account].changes = true;
  entries_[Address].changes = policy_.per_address > 0;
}

void LockoutTrial::succeed() {
  if (!active_) return;
  entries_[Device].changes = true;
  // Of many devices that guess at once, the one that is right comes after the failures of the others or before them.
  const bool known = state_.from_session || (state_.device.known_until && now_ < *state_.device.known_until);
  if (!known) entries_[Account].changes = true;
  entries_[Home].changes = true;
  state_ = after_success(std::move(state_), now_, policy_);
}

void LockoutTrial::renew(Time since) {
  state_.password_since = since;
  state_.device.known_until.reset();
}

void LockoutTrial::clear() {
  if (!active_) return;
  state_ = after_clearing(std::move(state_), now_);
  entries_[Device].changes = entries_[Account].changes = true;
}

std::optional<Time> LockoutTrial::locked_until() const {
  std::optional<Time> until;
  if (counted_.device_locked) until = state_.device.locked_until;
  if (counted_.account_locked) until = std::max(until, state_.account.locked_until);
  return until;
}

bool LockoutTrial::has_locks() const { return state_.device.locked_until || state_.account.locked_until; }

void LockoutTrial::append(std::vector<providers::Write>& writes) {
  if (!active_) return;
  const std::array<const Failures*, places> all = {&state_.device, &state_.account, &state_.address, &state_.home};
  for (std::size_t place = 0; place < entries_.size(); ++place) {
    auto& entry = entries_[place];
    if (!entry.changes || entry.id.empty()) continue;
    const auto& failures = *all[place];
    entry.times = encode_times(failures.times);
    entry.values = {Value::bytes(entry.times), Value::time(failures.locked_until), Value::time(failures.known_until),
                    Value::time(place == Account ? failures.cleared_at : failures.shown),
                    Value::time(forgotten_at(failures, now_, policy_))};
    writes.push_back({.op = providers::Write::Op::Put,
                      .kind = kind_,
                      .key = {tenant_, partition, entry.id},
                      .expected_version = entry.version,
                      .values = entry.values});
  }
}

Lockout::Lockout(LockoutPolicy policy, providers::Storage& storage, providers::KindId kind, providers::Keys& keys,
                 MetricRegistry& metrics)
    : policy_(policy),
      storage_(storage),
      kind_(kind),
      keys_(keys),
      refusals_(metrics.counter("gatehouse_lockout_refusals_total", "Passwords not looked at under a lock")) {
  constexpr std::array<const char*, 3> scopes = {"device", "account", "address"};
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    locks_[i] = &metrics.counter("gatehouse_lockouts_total", "Locks after wrong passwords", {{"scope", scopes[i]}});
  }
}

Result<LockoutTrial> Lockout::begin(const Claimant& who, const Call& call) const {
  LockoutTrial trial;
  if (!policy_.enabled) return trial;
  // Neither tenants nor addresses of mail have a NUL in them.
  const auto name = std::string("lockout").append(1, '\0').append(call.tenant).append(1, '\0').append(who.email);
  const auto mac = keys_.mac(identifier_purpose, 0, name, call);
  if (!mac) return mac.error();
  const auto account = hex_encode(mac->view().substr(0, digest_size));
  const auto address = limit_address(who.address);

  trial.active_ = true;
  trial.policy_ = policy_;
  trial.kind_ = kind_;
  trial.tenant_ = call.tenant;
  trial.now_ = call.now;
  trial.state_.from_session = !who.session.empty();
  trial.state_.password_since = who.password_since;
  trial.entries_[LockoutTrial::Account].id = account;
  if (!who.session.empty()) {
    trial.entries_[LockoutTrial::Device].id = account + "#" + std::string(who.session);
    if (!address.empty()) trial.entries_[LockoutTrial::Home].id = account + "@" + address;
  } else if (!address.empty()) {
    trial.entries_[LockoutTrial::Device].id = account + "@" + address;
  }
  if (!address.empty()) trial.entries_[LockoutTrial::Address].id = "@" + address;

  const std::array<Failures*, LockoutTrial::places> all = {&trial.state_.device, &trial.state_.account,
                                                           &trial.state_.address, &trial.state_.home};
  for (std::size_t place = 0; place < all.size(); ++place) {
    auto& entry = trial.entries_[place];
    if (entry.id.empty()) continue;
    std::optional<Failures> read;
    const auto found = storage_.get(kind_, {call.tenant, partition, entry.id}, call, [&](RecordReader& record) {
      read = decode(record, place == LockoutTrial::Account);
      entry.version = record.version();
    });
    if (!found) return found.error();
    if (*found && !read) return Error{Code::Internal, "the store gave a record that is no lockout counter"};
    if (read) *all[place] = std::move(*read);
  }
  const bool was_locked = trial.state_.device.locked_until.has_value();
  trial.state_ = current(std::move(trial.state_), call.now, policy_);
  trial.served_ = was_locked && !trial.state_.device.locked_until;
  return trial;
}

void Lockout::remember(const Claimant& who, const Call& call) const {
  for (int i = 0; i < attempts_to_remember; ++i) {
    auto trial = begin(who, call);
    if (!trial || !trial->active()) return;
    trial->succeed();
    std::vector<providers::Write> writes;
    trial->append(writes);
    const auto done = storage_.commit(writes, call);
    if (!done || !*done) return;
  }
}

void Lockout::count(const Counted& counted) const {
  const std::array<bool, 3> locked = {counted.device_locked, counted.account_locked, counted.address_locked};
  for (std::size_t i = 0; i < locked.size(); ++i) {
    if (locked[i]) locks_[i]->add();
  }
}

void Lockout::count_refusal() const { refusals_.add(); }

}  // namespace gatehouse::auth

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/lockout_policy.h"
#include "base/call.h"
#include "base/result.h"
#include "providers/storage.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {
class Counter;
class MetricRegistry;
}  // namespace gatehouse
namespace gatehouse::providers {
class Keys;
}

namespace gatehouse::auth {

// The kind `lockout`: one record a device, account or address that failed lately or that is known. Names of accounts
// are in it as MACs only.
providers::KindDef lockout_kind();

// Who shows a password for an account.
struct Claimant {
  std::string_view email;                   // EmailAddress::normalized, whether an account has it or not
  std::string_view address;                 // the client's; empty: nobody's, only the account counts
  std::string_view session = {};            // where somebody who is logged in shows it again
  std::optional<Time> password_since = {};  // accounts::password_since; empty: nobody has that address
};

// One attempt at an account's password: the counters as they were read, what the attempt makes of them, and the writes
// that store it. The writes expect the versions that were read, so that of attempts at the same time each meets the
// outcome of those before it, on whatever host. Stays where it is while its writes are used. One thread.
class LockoutTrial {
 public:
  // AccountLocked, when no password is to be looked at now.
  std::optional<Error> refusal() const;
  void fail();
  void succeed();
  void clear();
  // The account gets another password with this attempt, as of `since`: no device is known any more but the one that
  // succeeds now.
  void renew(Time since);

  bool active() const noexcept { return active_; }
  // A lock of this device has run out since its last attempt.
  bool served() const noexcept { return served_; }
  const Counted& counted() const noexcept { return counted_; }  // after fail()
  // Until when the device, or the account at its ceiling, is locked by fail(); empty: it is not.
  std::optional<Time> locked_until() const;
  // Whether clear() has something to void.
  bool has_locks() const;

  // After fail(), succeed() or clear(). To stand before other writes: where counters live in another store than users,
  // nothing is done that was not counted.
  void append(std::vector<providers::Write>& writes);

 private:
  friend class Lockout;
  struct Entry {
    std::string id;
    std::int64_t version = 0;
    bool changes = false;
    std::string times;
    std::vector<providers::Value> values;
  };
  enum Place : std::size_t { Device, Account, Address, Home, places };

  bool active_ = false;
  bool served_ = false;
  LockoutPolicy policy_;
  providers::KindId kind_ = 0;
  std::string tenant_;
  Time now_{};
  LockoutState state_;
  Counted counted_;
  std::array<Entry, places> entries_;
};

// Lockout after wrong passwords (spec L2, docs/adr/0012). Unknown names are counted as known ones are. Any thread.
// Errors: ProviderUnavailable, Internal: nobody can count, and no password is looked at.
class Lockout {
 public:
  Lockout(LockoutPolicy policy, providers::Storage& storage, providers::KindId kind, providers::Keys& keys,
          MetricRegistry& metrics);

  // With the policy off a trial that refuses nothing and writes nothing.
  Result<LockoutTrial> begin(const Claimant& who, const Call& call) const;

  // An account was made from there, which is as good as a login. After the account was stored: nobody is to be known to
  // somebody else's. Says nothing when it fails, as all that is lost is that.
  void remember(const Claimant& who, const Call& call) const;

  // Counts what has been committed or refused, for /metrics.
  void count(const Counted& counted) const;
  void count_refusal() const;

 private:
  LockoutPolicy policy_;
  providers::Storage& storage_;
  providers::KindId kind_;
  providers::Keys& keys_;
  std::array<Counter*, 3> locks_;  // device, account, address
  Counter& refusals_;
};

}  // namespace gatehouse::auth

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "convoy/convoy.h"
#include "kind.h"
#include "pool.h"
#include "values.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/store.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace gatehouse::store_postgres {

// Two records of one tenant that are wanted at once, of any kinds.
struct Pair {
  // Throws sdk::StatusError(GH_INVALID) for keys that cannot be. Empty where they are of two tenants.
  static std::optional<Pair> of(const std::array<const Kind*, 2>& kinds, const sdk::Gets& gets);

  std::array<const Kind*, 2> kinds;
  std::array<Key, 2> keys;
};

// Reads pairs in one statement each; those of the same two kinds and tenant that come while others are on their way are
// one statement together. Any thread.
class PairReader {
 public:
  PairReader(const sdk::Host& host, Pool& pool);

  // Delivers what is there of the two, which are those of `gets`. Empty: nothing has happened, and each is to be asked
  // for by itself.
  std::optional<sdk::Status> read(const sdk::Call& call, const Pair& pair, const sdk::Gets& gets,
                                  const sdk::GetSink& sink);

 private:
  struct Reading;
  using Kinds = std::array<const Kind*, 2>;

  void journey(const convoy::Convoy::Travellers& all);
  const Statement& statement(const Kinds& kinds);

  Pool& pool_;
  convoy::Convoy convoy_;
  std::mutex mutex_;
  std::map<Kinds, std::unique_ptr<const Statement>> statements_;  // guarded by mutex_; only grows
};

// $1 tenant, then arrays of the same length: partitions and ids of the first kind, those of the second, times. For each
// place in the arrays a row: the version and the values of the first record, then those of the second, all NULL where
// it is not there or has expired; the place, counted from 1, comes before them.
std::string pair_sql(const Kind& first, const Kind& second);

}  // namespace gatehouse::store_postgres

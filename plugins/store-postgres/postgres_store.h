// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "convoy/convoy.h"
#include "feed.h"
#include "find.h"
#include "kind.h"
#include "pair.h"
#include "pool.h"
#include "settings.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/store.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace gatehouse::store_postgres {

using convoy::Convoy;

class Commit;
struct Key;

// "gatehouse.store/1" on one table a kind. Any thread, after open().
class PostgresStore {
 public:
  PostgresStore(const sdk::Host& host, const Settings& settings);

  void start() {
    pool_.start();
    feed_.start();
  }
  void stop() {
    feed_.stop();
    pool_.stop();
  }
  Feed& feed() noexcept { return feed_; }

  sdk::Status open(const sdk::Call& call, const sdk::SchemaView& schema);
  sdk::Status get(const sdk::Call& call, std::uint32_t kind, const sdk::KeyView& key, const sdk::RecordSink& sink);
  // Two records of one tenant in one statement. Empty: that is not what is wanted, or it cannot be done; nothing has
  // happened, and each is to be asked for by itself.
  std::optional<sdk::Status> get_pair(const sdk::Call& call, const sdk::Gets& gets, const sdk::GetSink& sink);
  sdk::Status find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                   const sdk::FindOut& out);
  sdk::Status commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out);
  sdk::Status purge(const sdk::Call& call, std::uint32_t kind, std::int64_t before_us, std::uint32_t limit,
                    std::uint64_t& deleted);
  sdk::Status ping(const sdk::Call& call);

 private:
  const Kind& known_kind(std::uint32_t ordinal) const;
  // Runs one read on a connection for the tenant; a second time where the first found a connection that had died, or
  // was told to try again.
  template <class Body>
  sdk::Status reading(const sdk::Call& call, std::string_view tenant, Body&& body);
  struct Reading;
  struct Updating;
  sdk::Status get_alone(const sdk::Call& call, const Kind& kind, const sdk::KeyView& view, const Key& key,
                        const sdk::RecordSink& sink);
  void read_together(const Kind& kind, const Convoy::Travellers& all);
  sdk::Status commit_alone(const sdk::Call& call, Commit& commit, const sdk::CommitOut& out);
  void update_together(const Convoy::Travellers& all);
  std::uint64_t purge_some(Connection& connection, const Kind& kind, std::int64_t before_us, std::uint64_t limit,
                           Step& step, bool& more);

  const sdk::Host host_;
  const Settings& settings_;
  Pool pool_;
  StatementCache statements_;
  std::vector<std::unique_ptr<Kind>> owned_;
  std::vector<const Kind*> kinds_;  // by ordinal; null: elsewhere
  Feed feed_;
  // By ordinal: calls that are one statement when there are many at a time.
  struct Together {
    explicit Together(const sdk::Host& host);
    Convoy reads;
    Convoy updates;
  };
  std::vector<std::unique_ptr<Together>> together_;
  PairReader pairs_;
  Statement ping_{"ping", "SELECT pg_is_in_recovery(), ''"};  // with the rights of the kinds once these are known
};

}  // namespace gatehouse::store_postgres

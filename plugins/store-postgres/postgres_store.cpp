// SPDX-License-Identifier: Apache-2.0
#include "postgres_store.h"

#include "catalog.h"
#include "commit.h"
#include "table_maker.h"
#include "transaction.h"
#include "values.h"

#include <gatehouse/sdk/status.hpp>

#include <optional>
#include <utility>

namespace gatehouse::store_postgres {
namespace {

// Of a transaction the server has chosen to give way.
constexpr int most_attempts = 6;

// Work that belongs to no tenant. No tenant has an empty name, so row-level security shows it nothing.
constexpr std::string_view nobody;

}  // namespace

PostgresStore::PostgresStore(const sdk::Host& host, const Settings& settings)
    : host_(host), settings_(settings), pool_(host, settings_) {}

template <class Body>
sdk::Status PostgresStore::reading(const sdk::Call& call, std::string_view tenant, Body&& body) {
  for (int attempt = 1;; ++attempt) {
    std::optional<Pool::Lease> lease;
    try {
      lease.emplace(pool_.take(call, tenant));
      return body(**lease);
    } catch (const DatabaseError& error) {
      const Verdict verdict = judge(error, Step::Read);
      if (lease) lease->apply(verdict.remedy);
      const bool again = verdict.remedy != Remedy::None && verdict.status == GH_UNAVAILABLE;
      if (!again || attempt == most_attempts) return to_status(error, Step::Read);
      host_.count("retries");
    }
  }
}

sdk::Status PostgresStore::open(const sdk::Call& call, const sdk::SchemaView& schema) {
  if (!kinds_.empty()) invalid("the store is open already");
  std::vector<std::unique_ptr<Kind>> owned;
  std::vector<const Kind*> kinds(schema.kind_count(), nullptr);
  for (const std::uint32_t ordinal : schema.assigned()) {
    if (ordinal >= kinds.size()) invalid("a kind is assigned that the schema does not have");
    if (kinds[ordinal] != nullptr) invalid("kind " + kinds[ordinal]->name() + " is assigned twice");
    owned.push_back(std::make_unique<Kind>(schema.kind(ordinal), ordinal));
    kinds[ordinal] = owned.back().get();
  }
  if (settings_.create_tables) {
    if (auto made = make_tables(settings_, host_, call, owned); !made.ok()) return made;
  }
  const auto checked = reading(
      call, nobody, [&](Connection& connection) { return check_database(connection, settings_, host_, owned); });
  if (!checked.ok()) return checked;
  owned_ = std::move(owned);
  kinds_ = std::move(kinds);
  return {};
}

const Kind& PostgresStore::known_kind(std::uint32_t ordinal) const {
  if (kinds_.empty()) invalid("the store was not opened");
  if (ordinal >= kinds_.size() || kinds_[ordinal] == nullptr) {
    invalid("kind " + std::to_string(ordinal) + " is not held by this store");
  }
  return *kinds_[ordinal];
}

sdk::Status PostgresStore::get(const sdk::Call& call, std::uint32_t ordinal, const sdk::KeyView& view,
                               const sdk::RecordSink& sink) {
  const Kind& kind = known_kind(ordinal);
  const Key key = checked_key(view);
  Parameters parameters;
  add_key(parameters, key);
  if (kind.has_expiry()) add_time(parameters, call.now_us());
  return reading(call, key.tenant, [&](Connection& connection) -> sdk::Status {
    const Rows rows = connection.run(kind.get(), parameters);
    if (rows.size() == 0) return GH_NOT_FOUND;
    RecordReader record(kind);
    record.read(rows, 0, 0);
    sink.put(view.raw(), record.version(), record.values().data(), record.values().size());
    return {};
  });
}

sdk::Status PostgresStore::find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                                const sdk::FindOut& out) {
  const Find find(kinds_, query, call.now_us());
  const Statement& statement = statements_.get(find.sql());
  return reading(call, find.tenant(), [&](Connection& connection) -> sdk::Status {
    find.deliver(connection.run(statement, find.parameters()), sink, out);
    return {};
  });
}

sdk::Status PostgresStore::commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out) {
  if (kinds_.empty()) invalid("the store was not opened");
  Commit commit(kinds_, writes, call.now_us());
  for (int attempt = 1;; ++attempt) {
    std::optional<Pool::Lease> lease;
    try {
      lease.emplace(pool_.take(call, commit.tenant()));
    } catch (const DatabaseError& error) {
      // Nothing was sent of the commit yet.
      if (judge(error, Step::Read).status != GH_UNAVAILABLE || attempt == most_attempts) {
        return to_status(error, Step::Read);
      }
      continue;
    }
    try {
      return commit.run(**lease, out);
    } catch (const DatabaseError& error) {
      const Verdict verdict = judge(error, commit.step());
      lease->apply(verdict.remedy);
      if (verdict.remedy != Remedy::Retry || attempt == most_attempts) return to_status(error, commit.step());
      host_.count("retries");
    }
  }
}

sdk::Status PostgresStore::purge(const sdk::Call& call, std::uint32_t ordinal, std::int64_t before_us,
                                 std::uint32_t limit, std::uint64_t& deleted) {
  const Kind& kind = known_kind(ordinal);
  if (!kind.has_expiry()) return {GH_UNSUPPORTED, "kind " + kind.name() + " has no expiry"};
  for (bool more = true; more && deleted < limit;) {
    Step step = Step::Read;
    std::optional<Pool::Lease> lease;
    try {
      lease.emplace(pool_.take(call, nobody));
      deleted += purge_some(**lease, kind, before_us, limit - deleted, step, more);
    } catch (const DatabaseError& error) {
      const Verdict verdict = judge(error, step);
      if (lease) lease->apply(verdict.remedy);
      if (verdict.remedy != Remedy::Retry) return to_status(error, step);
    }
  }
  return {};
}

// One purge at a time in the whole database: two that look at the same records would each find too few.
std::uint64_t PostgresStore::purge_some(Connection& connection, const Kind& kind, std::int64_t before_us,
                                        std::uint64_t limit, Step& step, bool& more) {
  static const Statement begin{"purge_begin",
                               "SELECT set_config('gatehouse.purge_before', $1, true), "
                               "pg_advisory_xact_lock(hashtext('gatehouse purge'), hashtext($2))"};
  step = Step::Inside;
  Transaction transaction(connection);
  Parameters whose;
  add_time(whose, before_us);
  whose.add(kind.table());
  connection.run(begin, whose);
  Parameters parameters;
  add_time(parameters, before_us);
  parameters.add(static_cast<std::int64_t>(limit));
  const Rows rows = connection.run(kind.purge(), parameters);
  const auto due = static_cast<std::uint64_t>(rows.integer(0, 0));
  const auto gone = static_cast<std::uint64_t>(rows.integer(0, 1));
  more = due == limit;
  step = Step::Commit;
  transaction.commit();
  return gone;
}

sdk::Status PostgresStore::ping(const sdk::Call& call) {
  static const Statement one{"ping", "SELECT pg_is_in_recovery()"};
  return reading(call, nobody, [&](Connection& connection) -> sdk::Status {
    if (connection.run(one, Parameters()).text(0, 0) != "f") {
      throw DatabaseError("25006", DatabaseError::Loss::None, "the server is a standby");
    }
    return {};
  });
}

}  // namespace gatehouse::store_postgres

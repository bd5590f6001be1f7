// SPDX-License-Identifier: Apache-2.0
#include "postgres_store.h"

#include "catalog.h"
#include "commit.h"
#include "table_maker.h"
#include "text_forms.h"
#include "transaction.h"
#include "values.h"

#include <gatehouse/sdk/status.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace gatehouse::store_postgres {
namespace {

// Of a transaction the server has chosen to give way.
constexpr int most_attempts = 6;

// So many statements of one kind and tenant are on their way before others wait to go together. Reads may wait for the
// server's disk one by one; changes wait for its log, which is written for all of them at a time anyway.
constexpr std::size_t read_lanes = 2;
constexpr std::size_t update_lanes = 1;
constexpr std::size_t seats = 64;
// No statement of several ends sooner than this because one of them has to.
constexpr std::int64_t time_to_share_ns = 1'000'000'000;

sdk::Status deliver(const Kind& kind, const sdk::KeyView& key, const Rows& rows, std::size_t row, std::size_t first,
                    const sdk::RecordSink& sink) {
  RecordReader record(kind);
  record.read(rows, row, first);
  sink.put(key.raw(), record.version(), record.values().data(), record.values().size());
  return {};
}

// Work that belongs to no tenant. No tenant has an empty name, so row-level security shows it nothing.
constexpr std::string_view nobody;

}  // namespace

// What a get wants, and what the journey gave: an answer, a row, or neither where it failed.
struct PostgresStore::Reading : Convoy::Traveller {
  Reading(const Key& wanted, const sdk::Call& call)
      : Traveller(wanted.tenant, call.deadline_ns()), key(wanted), now_us(call.now_us()) {}
  const Key& key;
  const std::int64_t now_us;
  std::optional<sdk::Status> answer;
  std::shared_ptr<const Rows> rows;
  std::size_t row = 0;
};

// No answer: the record was not as the write expects, or was locked. Nothing has happened.
struct PostgresStore::Updating : Convoy::Traveller {
  Updating(const Commit& what, const sdk::Call& call) : Traveller(what.tenant(), call.deadline_ns()), commit(what) {}
  const Commit& commit;
  std::optional<sdk::Status> answer;
};

PostgresStore::Together::Together(const sdk::Host& host)
    : reads(host, read_lanes, seats, time_to_share_ns), updates(host, update_lanes, seats, time_to_share_ns) {}

PostgresStore::PostgresStore(const sdk::Host& host, const Settings& settings)
    : host_(host), settings_(settings), pool_(host, settings_), feed_(host, settings_), pairs_(host, pool_) {}

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
    const auto kind = schema.kind(ordinal);
    const bool announced = std::find(settings_.feed.begin(), settings_.feed.end(), kind.name()) != settings_.feed.end();
    owned.push_back(std::make_unique<Kind>(kind, ordinal, announced));
    kinds[ordinal] = owned.back().get();
  }
  for (const auto& announced : settings_.feed) {
    bool known = false;
    for (std::size_t at = 0; at < schema.kind_count(); ++at) known = known || schema.kind(at).name() == announced;
    // A command that handles some kinds only knows no others; nobody has asked it for the default.
    if (!known && announced != default_feed) {
      host_.warn("feed names " + announced + ", which is not among the kinds of this server or command");
    }
  }
  if (settings_.create_tables) {
    if (auto made = make_tables(settings_, host_, call, owned); !made.ok()) return made;
  }
  const auto checked = reading(
      call, nobody, [&](Connection& connection) { return check_database(connection, settings_, host_, owned); });
  if (!checked.ok()) return checked;
  for (std::size_t at = 0; at < kinds.size(); ++at) together_.push_back(std::make_unique<Together>(host_));
  ping_ = {"ping", "SELECT pg_is_in_recovery(), " + missing_rights_sql(owned)};
  owned_ = std::move(owned);
  kinds_ = std::move(kinds);
  feed_.open(kinds_);
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
  Reading reading(key, call);
  const auto outcome = together_[ordinal]->reads.travel(reading, [&](const Convoy::Travellers& all) {
    if (all.size() > 1) return read_together(kind, all);
    reading.answer = get_alone(call, kind, view, key, sink);
  });
  if (outcome == Convoy::Outcome::Late) return {GH_TIMEOUT, "other reads took the time of the call"};
  if (reading.answer) return *reading.answer;
  if (!reading.rows) return get_alone(call, kind, view, key, sink);
  return deliver(kind, view, *reading.rows, reading.row, 1, sink);
}

sdk::Status PostgresStore::get_alone(const sdk::Call& call, const Kind& kind, const sdk::KeyView& view, const Key& key,
                                     const sdk::RecordSink& sink) {
  Parameters parameters;
  add_key(parameters, key);
  if (kind.has_expiry()) add_time(parameters, call.now_us());
  return reading(call, key.tenant, [&](Connection& connection) -> sdk::Status {
    const Rows rows = connection.run(kind.get(), parameters);
    return rows.size() == 0 ? sdk::Status(GH_NOT_FOUND) : deliver(kind, view, rows, 0, 0, sink);
  });
}

void PostgresStore::read_together(const Kind& kind, const Convoy::Travellers& all) {
  Parameters parameters;
  const auto add_array = [&](const auto& append) {
    parameters.add_with([&](std::string& out) {
      ArrayText array(out);
      for (const auto* each : all) {
        array.add_with([&](std::string& element) { append(element, static_cast<const Reading&>(*each)); });
      }
      array.close();
    });
  };
  parameters.add_with([&](std::string& out) { append_key(out, all.front()->group()); });
  add_array([](std::string& out, const Reading& each) { append_key(out, each.key.partition); });
  add_array([](std::string& out, const Reading& each) { append_key(out, each.key.id); });
  add_array([](std::string& out, const Reading& each) { append_value(out, sdk::time_value(each.now_us)); });
  std::optional<Pool::Lease> lease;
  try {
    lease.emplace(pool_.take(Convoy::earliest_deadline_ns(all), all.front()->group()));
    const auto rows = std::make_shared<const Rows>((*lease)->run(kind.get_many(), parameters));
    for (std::size_t row = 0; row < rows->size(); ++row) {
      auto& reading = static_cast<Reading&>(*all.at(static_cast<std::size_t>(rows->integer(row, 0)) - 1));
      reading.rows = rows;
      reading.row = row;
    }
    for (auto* each : all) {
      auto& reading = static_cast<Reading&>(*each);
      if (!reading.rows) reading.answer = GH_NOT_FOUND;
    }
  } catch (const DatabaseError& error) {
    // Each by itself, then: that has an answer for all that can happen.
    if (lease) lease->apply(judge(error, Step::Read).remedy);
  }
}

std::optional<sdk::Status> PostgresStore::get_pair(const sdk::Call& call, const sdk::Gets& gets,
                                                   const sdk::GetSink& sink) {
  if (gets.size() != 2) return std::nullopt;
  const auto pair = Pair::of({&known_kind(gets[0].kind()), &known_kind(gets[1].kind())}, gets);
  return pair ? pairs_.read(call, *pair, gets, sink) : std::nullopt;
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
  Commit commit(kinds_, writes, call.now_us(), settings_.schema);
  const Kind* kind = commit.lone_update();
  if (kind == nullptr) return commit_alone(call, commit, out);
  Updating updating(commit, call);
  // Also when it is alone: whoever waits for a lock must not hold up the others.
  const auto outcome =
      together_[kind->ordinal()]->updates.travel(updating, [&](const auto& all) { update_together(all); });
  if (outcome == Convoy::Outcome::Late) return {GH_TIMEOUT, "other commits took the time of the call"};
  // What stood in the way is found out, or waited for, by each for itself.
  return updating.answer ? *updating.answer : commit_alone(call, commit, out);
}

void PostgresStore::update_together(const Convoy::Travellers& all) {
  std::vector<const Commit*> commits;
  for (const auto* each : all) commits.push_back(&static_cast<const Updating&>(*each).commit);
  std::optional<Pool::Lease> lease;
  try {
    lease.emplace(pool_.take(Convoy::earliest_deadline_ns(all), all.front()->group()));
  } catch (const DatabaseError&) {
    return;  // Each by itself, then.
  }
  const auto answer_all = [&](const sdk::Status& status) {
    for (auto* each : all) static_cast<Updating&>(*each).answer = status;
  };
  try {
    const auto done = Commit::update_together(**lease, commits);
    for (std::size_t at = 0; at < all.size(); ++at) {
      if (done[at]) static_cast<Updating&>(*all[at]).answer = GH_OK;
    }
  } catch (const DatabaseError& error) {
    const Verdict verdict = judge(error, Step::Commit);
    lease->apply(verdict.remedy);
    if (verdict.status == GH_IN_DOUBT) answer_all(to_status(error, Step::Commit));
  } catch (const std::exception& error) {
    answer_all({GH_IN_DOUBT, error.what()});
  }
}

sdk::Status PostgresStore::commit_alone(const sdk::Call& call, Commit& commit, const sdk::CommitOut& out) {
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
  return reading(call, nobody, [&](Connection& connection) -> sdk::Status {
    const Rows rows = connection.run(ping_, Parameters());
    if (rows.text(0, 0) != "f") throw DatabaseError("25006", DatabaseError::Loss::None, "the server is a standby");
    if (rows.text(0, 1).empty()) return {};
    return {GH_DENIED, missing_rights_words(settings_, rows.text(0, 1))};
  });
}

}  // namespace gatehouse::store_postgres

// SPDX-License-Identifier: Apache-2.0
#include "pair.h"

#include "text_forms.h"

#include <string_view>

namespace gatehouse::store_postgres {
namespace {

using convoy::Convoy;

// With a second statement on its way each carries half as many, and costs nearly as much.
constexpr std::size_t lanes = 1;
constexpr std::size_t seats = 64;
constexpr std::int64_t time_to_share_ns = 1'000'000'000;

std::string group_of(const Pair& pair) {
  std::string group;
  for (const auto* kind : pair.kinds) group += std::to_string(kind->ordinal()) + ' ';
  return group + pair.keys[0].tenant;
}

// The version and the values, each with a comma before it.
std::string columns_of(const Kind& kind, const std::string& table) {
  std::string names = ", " + table + "record_version";
  for (const Column& column : kind.columns()) names += ", " + table + column.quoted;
  return names;
}

// The names of the arrays' columns are none a table has. The limit keeps the server from comparing all records of the
// tenant with all keys, and the order from finding them by another index than the key's: to a statement that is planned
// while the table is empty both look as good.
std::string join(const Kind& kind, const std::string& name, const std::string& number) {
  const std::string id = "\"at id " + number + '"';
  return " LEFT JOIN LATERAL (SELECT" + columns_of(kind, "").substr(1) + " FROM " + kind.table() +
         " WHERE tenant = $1 AND partition = \"at partition " + number + "\" AND id >= " + id + " AND id <= " + id +
         kind.alive("\"at time\"") + " ORDER BY id LIMIT 1) " + name + " ON true";
}

}  // namespace

std::string pair_sql(const Kind& first, const Kind& second) {
  return "SELECT \"at place\"" + columns_of(first, "one.") + columns_of(second, "two.") +
         " FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) WITH ORDINALITY AS asked "
         "(\"at partition 1\", \"at id 1\", \"at partition 2\", \"at id 2\", \"at time\", \"at place\")" +
         join(first, "one", "1") + join(second, "two", "2");
}

std::optional<Pair> Pair::of(const std::array<const Kind*, 2>& kinds, const sdk::Gets& gets) {
  Pair pair{kinds, {checked_key(gets[0].key()), checked_key(gets[1].key())}};
  if (pair.keys[0].tenant != pair.keys[1].tenant) return std::nullopt;
  return pair;
}

// What a call wants, and the row the journey gave, if it gave one.
struct PairReader::Reading : Convoy::Traveller {
  Reading(const Pair& wanted, std::string_view group, const sdk::Call& call)
      : Traveller(group, call.deadline_ns()), pair(wanted), now_us(call.now_us()) {}
  const Pair& pair;
  const std::int64_t now_us;
  std::shared_ptr<const Rows> rows;
  std::size_t row = 0;
};

PairReader::PairReader(const sdk::Host& host, Pool& pool)
    : pool_(pool), convoy_(host, lanes, seats, time_to_share_ns) {}

std::optional<sdk::Status> PairReader::read(const sdk::Call& call, const Pair& pair, const sdk::Gets& gets,
                                            const sdk::GetSink& sink) {
  const std::string group = group_of(pair);
  Reading reading(pair, group, call);
  const auto outcome = convoy_.travel(reading, [this](const Convoy::Travellers& all) { journey(all); });
  if (outcome == Convoy::Outcome::Late) return sdk::Status(GH_TIMEOUT, "other reads took the time of the call");
  if (!reading.rows) return std::nullopt;
  std::size_t column = 1;
  for (std::size_t at = 0; at < pair.kinds.size(); ++at) {
    const Kind& kind = *pair.kinds[at];
    if (!reading.rows->text(reading.row, column).empty()) {
      RecordReader record(kind);
      record.read(*reading.rows, reading.row, column);
      sink.put(at, gets[at].key().raw(), record.version(), record.values().data(), record.values().size());
    }
    column += 1 + kind.columns().size();
  }
  return sdk::Status();
}

void PairReader::journey(const Convoy::Travellers& all) {
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
  const Pair& pair = static_cast<const Reading&>(*all.front()).pair;
  const std::string& tenant = pair.keys[0].tenant;
  parameters.add_with([&](std::string& out) { append_key(out, tenant); });
  for (std::size_t at = 0; at < pair.keys.size(); ++at) {
    add_array([at](std::string& out, const Reading& each) { append_key(out, each.pair.keys.at(at).partition); });
    add_array([at](std::string& out, const Reading& each) { append_key(out, each.pair.keys.at(at).id); });
  }
  add_array([](std::string& out, const Reading& each) { append_value(out, sdk::time_value(each.now_us)); });
  std::optional<Pool::Lease> lease;
  try {
    lease.emplace(pool_.take(Convoy::earliest_deadline_ns(all), tenant));
    const auto rows = std::make_shared<const Rows>((*lease)->run(statement(pair.kinds), parameters));
    for (std::size_t row = 0; row < rows->size(); ++row) {
      auto& reading = static_cast<Reading&>(*all.at(static_cast<std::size_t>(rows->integer(row, 0)) - 1));
      reading.rows = rows;
      reading.row = row;
    }
  } catch (const DatabaseError& error) {
    // Each by itself, then: that has an answer for all that can happen.
    if (lease) lease->apply(judge(error, Step::Read).remedy);
  }
}

const Statement& PairReader::statement(const Kinds& kinds) {
  const std::lock_guard lock(mutex_);
  auto& statement = statements_[kinds];
  if (!statement) {
    statement = std::make_unique<const Statement>(
        Statement{"pair_" + std::to_string(statements_.size()), pair_sql(*kinds[0], *kinds[1])});
  }
  return *statement;
}

}  // namespace gatehouse::store_postgres

// SPDX-License-Identifier: Apache-2.0
#include "commit.h"

#include "text_forms.h"
#include "transaction.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace gatehouse::store_postgres {
namespace {

constexpr std::size_t most_writes = 64;
constexpr std::string_view unique_violation = "23505";

// A key that appeared, or a value that was taken, between the look and the write: look again.
constexpr std::string_view lost_race = "40001";

bool same(const gh_value& a, const gh_value& b) {
  return a.type == b.type && (a.type == GH_TEXT || a.type == GH_BYTES ? sdk::view(a.s) == sdk::view(b.s) : a.i == b.i);
}

bool takes_part(const sdk::Values& values, const Index& index) {
  return std::none_of(index.fields.begin(), index.fields.end(), [&](std::uint32_t field) {
    return (field < values.size() ? values[field] : sdk::null_value()).type == GH_NULL;
  });
}

}  // namespace

gh_value Commit::value_at(const sdk::Values& values, std::size_t at) {
  return at < values.size() ? values[at] : sdk::null_value();
}

Commit::Commit(const std::vector<const Kind*>& kinds, const sdk::Writes& writes, std::int64_t now_us,
               const std::string& channel)
    : now_us_(now_us), channel_(channel) {
  if (writes.size() < 1 || writes.size() > most_writes) invalid("a commit has 1 to 64 writes");
  writes_.reserve(writes.size());
  for (std::size_t at = 0; at < writes.size(); ++at) read(kinds, writes[at], at);
  sort();
}

void Commit::read(const std::vector<const Kind*>& kinds, const sdk::WriteView& write, std::size_t ordinal) {
  if (!write.is_put() && !write.is_delete()) invalid("a write is neither put nor delete");
  const Kind* kind = write.kind() < kinds.size() ? kinds[write.kind()] : nullptr;
  if (kind == nullptr) invalid("kind " + std::to_string(write.kind()) + " is not held by this store");
  if (write.expected_version() < (write.is_put() ? 0 : 1)) invalid("a write expects a version that cannot be");
  if (kind->append_only() && write.expected_version() != 0) invalid("kind " + kind->name() + " is append-only");
  if (write.is_put()) check_values(*kind, write.values());
  writes_.push_back(
      {ordinal, kind, checked_key(write.key()), write.is_put(), write.expected_version(), write.values()});
  if (writes_.back().key.tenant != writes_.front().key.tenant) several_tenants_ = true;
}

void Commit::sort() {
  const auto place = [](const Write& write) {
    return std::tuple<std::uint32_t, const std::string&, const std::string&, const std::string&>(
        write.kind->ordinal(), write.key.tenant, write.key.partition, write.key.id);
  };
  std::sort(writes_.begin(), writes_.end(), [&](const Write& a, const Write& b) { return place(a) < place(b); });
  const auto repeated = std::adjacent_find(writes_.begin(), writes_.end(),
                                           [&](const Write& a, const Write& b) { return place(a) == place(b); });
  if (repeated != writes_.end()) invalid("kind " + repeated->kind->name() + ": a key twice in one commit");
}

sdk::Status Commit::run(Connection& connection, const sdk::CommitOut& out) {
  if (try_at_once(connection)) return {};
  const auto loss = examine(connection);
  if (!loss) return {};
  return loss->unique_index ? out.unique_conflict(loss->ordinal, *loss->unique_index)
                            : out.version_conflict(loss->ordinal);
}

Commit::Some Commit::together(std::size_t first) const {
  const Write& leader = writes_[first];
  Some some{&leader};
  if (!leader.put || leader.expected != 0) return some;
  for (std::size_t at = first + 1; at < writes_.size(); ++at) {
    const Write& write = writes_[at];
    const bool fits =
        write.put && write.expected == 0 && write.kind == leader.kind && write.key.tenant == leader.key.tenant;
    if (!fits) break;
    some.push_back(&write);
  }
  return some;
}

bool Commit::try_at_once(Connection& connection) {
  try {
    if (!is_announced() && together(0).size() == writes_.size()) {
      step_ = Step::Commit;
      return apply_all(connection);
    }
    step_ = Step::Inside;
    Transaction transaction(connection);
    if (!apply_all(connection)) return false;
    announce(connection);
    step_ = Step::Commit;
    transaction.commit();
    return true;
  } catch (const DatabaseError& error) {
    if (error.sqlstate() != unique_violation) throw;
    return false;
  }
}

bool Commit::apply_all(Connection& connection) const {
  for (std::size_t first = 0; first < writes_.size();) {
    const Some some = together(first);
    const std::size_t changed = some.size() == 1 ? apply(connection, *some.front()) : insert_many(connection, some);
    if (changed != some.size()) return false;
    first += some.size();
  }
  return true;
}

std::optional<Commit::Loss> Commit::examine(Connection& connection) {
  step_ = Step::Inside;
  try {
    return examine_inside(connection);
  } catch (const DatabaseError& error) {
    if (error.sqlstate() != unique_violation) throw;
    throw DatabaseError(std::string(lost_race), DatabaseError::Loss::None, "a unique value was taken meanwhile");
  }
}

std::optional<Commit::Loss> Commit::examine_inside(Connection& connection) {
  Transaction transaction(connection);
  for (const Write& write : writes_) {
    if (!version_stands(connection, write)) return Loss{write.ordinal, std::nullopt};
  }
  for (const Write& write : writes_) {
    if (!write.put) continue;
    if (const auto index = taken_index(connection, write)) return Loss{write.ordinal, index};
  }
  for (const Write& write : writes_) take_out(connection, write);
  for (const Write& write : writes_) {
    if (!write.put) continue;
    const bool taken_out = write.expected == 0 || write.kind->has_unique();
    must_change(taken_out ? insert(connection, write) : apply(connection, write));
  }
  announce(connection);
  step_ = Step::Commit;
  transaction.commit();
  return std::nullopt;
}

bool Commit::version_stands(Connection& connection, const Write& write) const {
  Parameters parameters;
  add_key(parameters, write.key);
  if (write.kind->has_expiry()) add_time(parameters, now_us_);
  const Rows rows = run_for(connection, write.key.tenant, write.kind->lock(), parameters);
  const bool there = rows.size() == 1 && rows.text(0, 1) == "f";
  return write.expected == 0 ? !there : there && rows.integer(0, 0) == write.expected;
}

std::optional<std::uint32_t> Commit::taken_index(Connection& connection, const Write& write) const {
  const auto& indexes = write.kind->indexes();
  for (std::uint32_t at = 0; at < indexes.size(); ++at) {
    if (!indexes[at].unique || !takes_part(write.values, indexes[at])) continue;
    if (taken_in_this_commit(write, indexes[at]) || !free_in_store(connection, write, at)) return at;
  }
  return std::nullopt;
}

bool Commit::taken_in_this_commit(const Write& write, const Index& index) const {
  return std::any_of(writes_.begin(), writes_.end(), [&](const Write& other) {
    return &other != &write && other.put && other.kind == write.kind && other.key.tenant == write.key.tenant &&
           std::all_of(index.fields.begin(), index.fields.end(), [&](std::uint32_t field) {
             return same(value_at(write.values, field), value_at(other.values, field));
           });
  });
}

// Takes out an expired holder: it has no claim, and the server's own constraint does not know of expiry.
bool Commit::free_in_store(Connection& connection, const Write& write, std::uint32_t index) const {
  const Kind& kind = *write.kind;
  Parameters parameters;
  parameters.add_with([&](std::string& out) { append_key(out, write.key.tenant); });
  for (const std::uint32_t field : kind.indexes()[index].fields) add_value(parameters, write.values[field]);
  if (kind.has_expiry()) add_time(parameters, now_us_);
  const Rows rows = run_for(connection, write.key.tenant, kind.holder(index), parameters);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const Key holder{write.key.tenant, read_key_part(rows, row, 0), read_key_part(rows, row, 1)};
    if (writes_key(kind, holder)) continue;
    if (rows.text(row, 2) == "f") return false;
    clear_expired(connection, kind, holder);
  }
  return true;
}

bool Commit::writes_key(const Kind& kind, const Key& key) const {
  return std::any_of(writes_.begin(), writes_.end(), [&](const Write& write) {
    return write.kind == &kind && write.key.tenant == key.tenant && write.key.partition == key.partition &&
           write.key.id == key.id;
  });
}

Rows Commit::run_for(Connection& connection, const std::string& tenant, const Statement& statement,
                     const Parameters& parameters) const {
  static const Statement use{"use_tenant", "SELECT set_config('gatehouse.tenant', $1, true)"};
  if (several_tenants_) {
    Parameters whose;
    whose.add_with([&](std::string& out) { append_key(out, tenant); });
    connection.run(use, whose);
  }
  return connection.run(statement, parameters);
}

void Commit::clear_expired(Connection& connection, const Kind& kind, const Key& key) const {
  if (!kind.has_expiry()) return;
  if (kind.append_only()) {
    // Row-level security lets nobody delete what is append-only, but for a purge of what has expired.
    static const Statement allow{"allow_clear", "SELECT set_config('gatehouse.purge_before', $1, true)"};
    Parameters before;
    add_time(before, now_us_ == INT64_MAX ? now_us_ : now_us_ + 1);
    connection.run(allow, before);
  }
  Parameters parameters;
  add_key(parameters, key);
  add_time(parameters, now_us_);
  run_for(connection, key.tenant, kind.clear(), parameters);
}

void Commit::must_change(std::size_t changed) const {
  if (changed == 1) return;
  throw DatabaseError(std::string(lost_race), DatabaseError::Loss::None, "a record has changed meanwhile");
}

void Commit::take_out(Connection& connection, const Write& write) const {
  if (write.expected == 0) {
    clear_expired(connection, *write.kind, write.key);
  } else if (!write.put || write.kind->has_unique()) {
    must_change(erase(connection, write));
  }
}

std::size_t Commit::insert(Connection& connection, const Write& write) const {
  const Kind& kind = *write.kind;
  Parameters parameters;
  add_key(parameters, write.key);
  parameters.add(write.expected + 1);
  for (std::size_t at = 0; at < kind.columns().size(); ++at) add_value(parameters, value_at(write.values, at));
  if (kind.has_floor()) add_value(parameters, value_at(write.values, kind.expiry()));
  return run_for(connection, write.key.tenant, kind.insert(), parameters).affected();
}

std::size_t Commit::erase(Connection& connection, const Write& write) const {
  Parameters parameters;
  add_key(parameters, write.key);
  parameters.add(write.expected);
  if (write.kind->has_expiry()) add_time(parameters, now_us_);
  return run_for(connection, write.key.tenant, write.kind->erase(), parameters).affected();
}

std::size_t Commit::apply(Connection& connection, const Write& write) const {
  const Kind& kind = *write.kind;
  if (!write.put) return erase(connection, write);
  if (write.expected == 0) return insert(connection, write);
  Parameters parameters;
  add_key(parameters, write.key);
  parameters.add(write.expected);
  for (std::size_t at = 0; at < kind.columns().size(); ++at) add_value(parameters, value_at(write.values, at));
  if (kind.has_expiry()) add_time(parameters, now_us_);
  return run_for(connection, write.key.tenant, kind.update(), parameters).affected();
}

}  // namespace gatehouse::store_postgres

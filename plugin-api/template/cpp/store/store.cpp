// SPDX-License-Identifier: Apache-2.0
#include "store.h"

#include "cursor.h"

#include <algorithm>
#include <set>
#include <utility>

namespace example_store {
namespace {

constexpr std::size_t most_writes = 64;
constexpr std::uint32_t most_delivered = 1000;

bool deliver(const Record& record, const sdk::RecordSink& sink) {
  std::vector<gh_value> values;
  for (const auto& value : record.values) values.push_back({value.type, 0, value.i, sdk::slice(value.s)});
  const gh_key key = {sdk::slice(record.tenant), sdk::slice(record.partition), sdk::slice(record.id)};
  return sink.put(key, record.version, values.data(), values.size());
}

}  // namespace

// A write, checked and copied before the lock is taken.
struct Store::Change {
  const Kind* kind = nullptr;
  std::string row;  // under which the record stands
  std::int64_t expected = 0;
  std::shared_ptr<Record> record;   // null: a delete
  std::vector<Kind::Claim> claims;  // of the record
};

// What a commit does to the map. It is complete, and all memory for it taken, before anything changes: out of memory is
// GH_UNAVAILABLE, and that promises that nothing happened.
struct Store::Plan {
  std::vector<Rows::const_iterator> out;
  std::set<const Record*> removed;
  Rows in;
};

void Store::check_deadline(const sdk::Call& call) const {
  if (host_.monotonic_ns() >= call.deadline_ns()) throw sdk::StatusError(GH_TIMEOUT, "the deadline has passed");
}

const Kind& Store::kind(std::uint32_t ordinal) const {
  if (ordinal >= kinds_.size() || !kinds_[ordinal]) {
    invalid("kind " + std::to_string(ordinal) + " is not held by this store");
  }
  return *kinds_[ordinal];
}

sdk::Status Store::open(const sdk::SchemaView& schema) {
  if (!kinds_.empty()) return {GH_INVALID, "the store is open already"};
  std::vector<std::optional<Kind>> kinds(schema.kind_count());
  for (const auto ordinal : schema.assigned()) {
    if (ordinal >= kinds.size()) return {GH_INVALID, "a kind is assigned that the schema does not have"};
    if (kinds[ordinal]) return {GH_INVALID, "kind " + kinds[ordinal]->name() + " is assigned twice"};
    kinds[ordinal].emplace(ordinal, schema.kind(ordinal));
  }
  kinds_ = std::move(kinds);
  return {};
}

sdk::Status Store::get(const sdk::Call& call, std::uint32_t ordinal, const sdk::KeyView& key,
                       const sdk::RecordSink& sink) const {
  check_deadline(call);
  const Kind& of = kind(ordinal);
  check_key(key);
  const auto row = of.key_row(key);
  RecordPtr record;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = rows_.find(row);
    if (found == rows_.end() || of.expired(*found->second, call.now_us())) return GH_NOT_FOUND;
    record = found->second;
  }
  // A sink may take its time: no lock is held meanwhile, and the record it sees is constant.
  deliver(*record, sink);
  return {};
}

sdk::Status Store::find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                        const sdk::FindOut& out) const {
  check_deadline(call);
  const Kind& of = kind(query.kind());
  const auto span = of.span(query);
  const bool count_only = query.count_only();
  if (!count_only && (query.limit() < 1 || query.limit() > most_delivered)) invalid("the limit is not 1 to 1000");
  const Cursor cursor(span.first, span.last, query.descending());
  const auto position = cursor.read(query.cursor());

  std::vector<std::pair<std::string, RecordPtr>> page;
  std::uint64_t count = 0;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    auto at = rows_.lower_bound(span.first);
    auto end = span.first < span.last ? rows_.lower_bound(span.last) : at;
    if (position && query.descending()) end = rows_.lower_bound(*position);
    if (position && !query.descending()) at = rows_.upper_bound(*position);
    while (at != end && (query.limit() == 0 || count < query.limit())) {
      const auto& [row, record] = query.descending() ? *--end : *at++;
      if (of.expired(*record, call.now_us())) continue;
      ++count;
      if (!count_only) page.emplace_back(row, record);
    }
  }
  out.count(count);
  for (std::size_t sent = 0; sent < page.size(); ++sent) {
    const bool more = deliver(*page[sent].second, sink);
    if (more && sent + 1 < query.limit()) continue;
    out.count(sent + 1);
    out.cursor(cursor.write(page[sent].first));
    break;
  }
  return {};
}

std::vector<Store::Change> Store::changes_of(const sdk::Writes& writes) const {
  if (writes.size() < 1 || writes.size() > most_writes) invalid("a commit has 1 to 64 writes");
  std::vector<Change> changes;
  std::set<std::string> rows;
  for (std::size_t at = 0; at < writes.size(); ++at) {
    const auto write = writes[at];
    if (!write.is_put() && !write.is_delete()) invalid("a write is neither put nor delete");
    const Kind& of = kind(write.kind());
    check_key(write.key());
    const auto expected = write.expected_version();
    if (expected < 0 || (write.is_delete() && expected == 0)) invalid("a write expects a version that cannot be");
    if (of.append_only() && expected != 0) invalid("kind " + of.name() + " is append-only: its records never change");
    Change change{&of, of.key_row(write.key()), expected, nullptr, {}};
    if (!rows.insert(change.row).second) invalid("a commit writes one key twice");
    if (write.is_put()) {
      change.record = std::make_shared<Record>(of.record(write));
      change.claims = of.claims(*change.record);
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

bool Store::version_stands(const Change& change, std::int64_t now_us) const {
  const auto found = rows_.find(change.row);
  const bool there = found != rows_.end() && !change.kind->expired(*found->second, now_us);
  return there ? found->second->version == change.expected && change.expected != INT64_MAX : change.expected == 0;
}

std::optional<std::uint32_t> Store::taken_index(const Change& change, const std::vector<Change>& all,
                                                std::int64_t now_us, Plan& plan) const {
  const auto rewritten = [&](const std::string& row) {
    return std::any_of(all.begin(), all.end(), [&](const Change& other) { return other.row == row; });
  };
  for (const auto& claim : change.claims) {
    const auto& values = claim.values.str();
    for (const auto& other : all) {
      const auto same = [&](const Kind::Claim& theirs) { return theirs.values.str() == values; };
      if (&other != &change && std::any_of(other.claims.begin(), other.claims.end(), same)) return claim.index;
    }
    const auto end = rows_.lower_bound(claim.values.after());
    for (auto at = rows_.lower_bound(values); at != end; ++at) {
      const Record& holder = *at->second;
      // What this commit writes itself is judged by what it will be.
      if (rewritten(change.kind->key_row(holder))) continue;
      if (!change.kind->expired(holder, now_us)) return claim.index;
      plan_removal(holder, plan);
    }
  }
  return std::nullopt;
}

void Store::plan_removal(const Record& record, Plan& plan) const {
  if (!plan.removed.insert(&record).second) return;
  for (const auto& row : kinds_[record.kind]->rows(record)) plan.out.push_back(rows_.find(row));
}

sdk::Status Store::commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out) {
  check_deadline(call);
  const auto changes = changes_of(writes);
  Plan plan;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (std::size_t at = 0; at < changes.size(); ++at) {
    const auto& change = changes[at];
    if (!version_stands(change, call.now_us())) return out.version_conflict(at);
    if (const auto index = taken_index(change, changes, call.now_us(), plan)) return out.unique_conflict(at, *index);
    if (const auto old = rows_.find(change.row); old != rows_.end()) plan_removal(*old->second, plan);
  }
  std::size_t added = 0;
  for (const auto& change : changes) {
    if (!change.record) continue;
    ++added;
    change.record->version = change.expected + 1;
    for (auto& row : change.kind->rows(*change.record)) plan.in.emplace(std::move(row), change.record);
  }
  const auto records = records_ - plan.removed.size() + added;
  if (records > records_ && records > max_records_) return {GH_UNAVAILABLE, "the store is full; raise max_records"};

  for (const auto& row : plan.out) rows_.erase(row);
  rows_.merge(plan.in);  // moves the nodes: nothing in here can fail
  records_ = records;
  return {};
}

sdk::Status Store::purge(const sdk::Call& call, std::uint32_t ordinal, std::int64_t before_us, std::uint32_t limit,
                         std::uint64_t& deleted) {
  check_deadline(call);
  const Kind& of = kind(ordinal);
  if (!of.has_expiry()) return {GH_UNSUPPORTED, "kind " + of.name() + " has no expiry"};
  const auto span = of.expired_before(before_us);
  Plan plan;
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto end = rows_.lower_bound(span.last);
  for (auto at = rows_.lower_bound(span.first); at != end && plan.removed.size() < limit; ++at) {
    plan_removal(*at->second, plan);
  }
  deleted = plan.removed.size();
  for (const auto& row : plan.out) rows_.erase(row);
  records_ -= deleted;
  return {};
}

}  // namespace example_store

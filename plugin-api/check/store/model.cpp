// SPDX-License-Identifier: Apache-2.0
#include "store/model.h"

#include <algorithm>
#include <compare>
#include <utility>

namespace gatehouse::check::store {
namespace {

Value value_at(const std::vector<Value>& values, std::uint32_t field) {
  return field < values.size() ? values[field] : null();
}

// A record's place in an index: its fields there, then partition and id.
std::vector<Value> place(const Kinds& kinds, const Query& query, const Record& record) {
  std::vector<Value> components;
  if (query.index != GH_INDEX_KEY) {
    for (const std::uint32_t field : kinds[query.kind].indexes[query.index].fields) {
      components.push_back(value_at(record.values, field));
    }
  }
  components.push_back(text(record.key.partition));
  components.push_back(text(record.key.id));
  return components;
}

bool before(const std::vector<Value>& a, const std::vector<Value>& b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](const Value& x, const Value& y) { return order(x, y) < 0; });
}

bool in_range(const Query& query, const Value& value) {
  if (query.range == GH_RANGE_NONE) return true;
  if (value.type == GH_NULL) return false;
  switch (query.range) {
    case GH_RANGE_FROM: return order(value, query.low) >= 0;
    case GH_RANGE_BELOW: return order(value, query.high) < 0;
    case GH_RANGE_BETWEEN: return order(value, query.low) >= 0 && order(value, query.high) < 0;
    default: return value.s.compare(0, query.low.s.size(), query.low.s) == 0;
  }
}

bool matches(const Kinds& kinds, const Query& query, const Record& record) {
  if (record.key.tenant != query.tenant) return false;
  const auto components = place(kinds, query, record);
  if (!std::equal(query.equals.begin(), query.equals.end(), components.begin())) return false;
  return query.range == GH_RANGE_NONE || in_range(query, components[query.equals.size()]);
}

}  // namespace

bool Model::expired(std::uint32_t kind, const State& state, std::int64_t now) const {
  const auto field = kinds_[kind].expiry;
  if (!field) return false;
  const Value expiry = value_at(state.values, *field);
  return expiry.type != GH_NULL && expiry.i <= now;
}

std::optional<Record> Model::get(std::uint32_t kind, const Key& key, std::int64_t now) const {
  const auto table = tables_.find(kind);
  if (table == tables_.end()) return std::nullopt;
  const auto found = table->second.find(key);
  if (found == table->second.end() || expired(kind, found->second, now)) return std::nullopt;
  return Record{key, found->second.version, found->second.values};
}

bool Model::same_unique(const IndexDef& index, const std::vector<Value>& a, const std::vector<Value>& b) {
  return std::all_of(index.fields.begin(), index.fields.end(), [&](std::uint32_t field) {
    const Value value = value_at(a, field);
    return value.type != GH_NULL && value == value_at(b, field);
  });
}

bool Model::version_stands(const Write& write, std::int64_t now) const {
  const auto record = get(write.kind, write.key, now);
  return write.expected == 0 ? !record : (record && record->version == write.expected);
}

void Model::check_unique(const std::vector<Write>& writes, std::size_t at, std::int64_t now,
                         std::vector<Objection>& objections) const {
  const Write& write = writes[at];
  const auto& indexes = kinds_[write.kind].indexes;
  const auto rewritten = [&](const Key& key) {
    return std::any_of(writes.begin(), writes.end(),
                       [&](const Write& other) { return other.kind == write.kind && other.key == key; });
  };
  for (std::uint32_t number = 0; number < indexes.size(); ++number) {
    if (!indexes[number].unique) continue;
    const Objection objection{static_cast<std::uint32_t>(at), GH_CONFLICT_UNIQUE, number};
    for (std::size_t other = 0; other < writes.size(); ++other) {
      if (other == at || writes[other].op != GH_WRITE_PUT || writes[other].kind != write.kind) continue;
      if (writes[other].key.tenant != write.key.tenant) continue;
      if (same_unique(indexes[number], write.values, writes[other].values)) objections.push_back(objection);
    }
    const auto table = tables_.find(write.kind);
    if (table == tables_.end()) continue;
    for (const auto& [key, state] : table->second) {
      if (key.tenant != write.key.tenant || rewritten(key) || expired(write.kind, state, now)) continue;
      if (same_unique(indexes[number], write.values, state.values)) objections.push_back(objection);
    }
  }
}

// An expired record whose unique values a put takes is gone for good.
void Model::displace(const Write& write, std::int64_t now) {
  Table& table = tables_[write.kind];
  for (auto at = table.begin(); at != table.end();) {
    const bool taken =
        at->first.tenant == write.key.tenant && at->first != write.key && expired(write.kind, at->second, now) &&
        std::any_of(kinds_[write.kind].indexes.begin(), kinds_[write.kind].indexes.end(), [&](const IndexDef& index) {
          return index.unique && same_unique(index, write.values, at->second.values);
        });
    at = taken ? table.erase(at) : std::next(at);
  }
}

std::vector<Model::Objection> Model::commit(const std::vector<Write>& writes, std::int64_t now) {
  std::vector<Objection> objections;
  for (std::size_t at = 0; at < writes.size(); ++at) {
    if (!version_stands(writes[at], now)) {
      objections.push_back({static_cast<std::uint32_t>(at), GH_CONFLICT_VERSION, 0});
    }
    if (writes[at].op == GH_WRITE_PUT) check_unique(writes, at, now, objections);
  }
  if (!objections.empty()) return objections;
  for (const Write& write : writes) {
    if (write.op == GH_WRITE_DELETE) tables_[write.kind].erase(write.key);
  }
  // Displaced are records the commit does not write itself: judged before any of its puts.
  for (const Write& write : writes) {
    if (write.op != GH_WRITE_PUT) continue;
    for (const Write& other : writes) {
      if (other.op == GH_WRITE_PUT) tables_[other.kind].erase(other.key);
    }
    displace(write, now);
  }
  for (const Write& write : writes) {
    if (write.op != GH_WRITE_PUT) continue;
    State state{write.expected + 1, write.values};
    state.values.resize(kinds_[write.kind].fields.size());
    tables_[write.kind][write.key] = std::move(state);
  }
  return {};
}

std::vector<Record> Model::find(const Query& query, std::int64_t now, const Record* after) const {
  std::vector<Record> found;
  const auto table = tables_.find(query.kind);
  if (table == tables_.end()) return found;
  for (const auto& [key, state] : table->second) {
    Record record{key, state.version, state.values};
    if (!expired(query.kind, state, now) && matches(kinds_, query, record)) found.push_back(std::move(record));
  }
  const auto first = [&](const Record& a, const Record& b) {
    return query.descending ? before(place(kinds_, query, b), place(kinds_, query, a))
                            : before(place(kinds_, query, a), place(kinds_, query, b));
  };
  std::sort(found.begin(), found.end(), first);
  if (after != nullptr) {
    found.erase(found.begin(), std::upper_bound(found.begin(), found.end(), *after, first));
  }
  return found;
}

std::vector<Key> Model::due(std::uint32_t kind, std::int64_t before) const {
  std::vector<Key> keys;
  const auto table = tables_.find(kind);
  if (table == tables_.end() || before == INT64_MIN) return keys;
  for (const auto& [key, state] : table->second) {
    if (expired(kind, state, before - 1)) keys.push_back(key);
  }
  return keys;
}

void Model::erase(std::uint32_t kind, const Key& key) { tables_[kind].erase(key); }

std::vector<Record> Model::all(std::uint32_t kind) const {
  std::vector<Record> records;
  const auto table = tables_.find(kind);
  if (table == tables_.end()) return records;
  for (const auto& [key, state] : table->second) records.push_back({key, state.version, state.values});
  return records;
}

}  // namespace gatehouse::check::store

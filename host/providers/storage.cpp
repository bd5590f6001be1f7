// SPDX-License-Identifier: Apache-2.0
#include "providers/storage.h"

#include "plugins/instance.h"
#include "providers/schema_tables.h"
#include "providers/slices.h"

#include <gatehouse/store.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace gatehouse::providers {
namespace {

constexpr std::size_t longest_cursor = 1024;

Error lie(std::string_view what) { return {Code::Internal, "the store " + std::string(what)}; }

gh_key to_key(const KeyView& key) { return {slice(key.tenant), slice(key.partition), slice(key.id)}; }

gh_value to_value(const Value& value) { return {static_cast<std::uint32_t>(value.type), 0, value.i, slice(value.s)}; }

// What a record must be like before a feature sees it.
bool plausible(const gh_record* record, std::size_t field_count) {
  return record != nullptr && record->struct_size >= sizeof(gh_record) && record->version >= 1 &&
         record->value_count <= field_count && (record->value_count == 0 || record->values != nullptr);
}

// Stands between a store and a visitor during one call. Nothing may unwind into the plugin, and a sink that is called
// too often or after the call has returned sees a closed door.
struct Delivery {
  const Visitor& visit;
  std::size_t field_count;
  std::uint64_t limit;
  std::uint64_t delivered = 0;
  bool lied = false;
  std::exception_ptr thrown = {};

  static std::int32_t put(void* context, const gh_record* record) noexcept {
    auto& self = *static_cast<Delivery*>(context);
    if (self.lied || self.thrown) return 1;
    if (!plausible(record, self.field_count) || self.delivered == self.limit) {
      self.lied = true;
      return 1;
    }
    ++self.delivered;
    RecordReader reader(*record);
    try {
      self.visit(reader);
    } catch (...) {
      self.thrown = std::current_exception();
      return 1;
    }
    return 0;
  }
  gh_record_sink sink() { return {this, &Delivery::put}; }
};

struct CursorSink {
  std::string text;
  bool lied = false;

  static void put(void* context, gh_slice bytes) noexcept {
    auto& self = *static_cast<CursorSink*>(context);
    bool honest = true;
    const auto view = text_of(bytes, honest);
    if (!honest || view.size() > longest_cursor || !self.text.empty()) {
      self.lied = true;
      return;
    }
    self.text = view;
  }
};

const gh_store_v1& table_of(const void* table) { return *static_cast<const gh_store_v1*>(table); }

}  // namespace

struct Storage::State {
  std::vector<KindDef> schema;
  std::vector<plugins::Instance*> by_kind;

  std::vector<plugins::Instance*> stores() const {
    std::vector<plugins::Instance*> distinct;
    for (auto* store : by_kind) {
      if (std::find(distinct.begin(), distinct.end(), store) == distinct.end()) distinct.push_back(store);
    }
    return distinct;
  }

  Result<std::optional<Conflict>> commit(plugins::Instance& store, std::span<const Write> writes,
                                         std::span<const std::size_t> positions, const Call& call) const;
};

Storage::Storage(std::vector<KindDef> schema, std::vector<plugins::Instance*> by_kind)
    : state_(std::make_unique<State>(State{std::move(schema), std::move(by_kind)})) {
  if (state_->schema.size() != state_->by_kind.size()) throw std::logic_error("every kind needs a store");
}

Storage::~Storage() = default;

const std::vector<KindDef>& Storage::schema() const noexcept { return state_->schema; }

void Storage::open(const Call& call) {
  for (auto* store : state_->stores()) {
    std::vector<std::uint32_t> assigned;
    for (std::uint32_t kind = 0; kind < state_->by_kind.size(); ++kind) {
      if (state_->by_kind[kind] == store) assigned.push_back(kind);
    }
    const SchemaTables tables(state_->schema, std::move(assigned));
    const auto opened =
        store->enter(GH_STORE_V1, "open", call, {GH_OK}, [&](const void* table, gh_instance* self, const gh_call& gh) {
          return table_of(table).open(self, &gh, &tables.schema());
        });
    if (!opened)
      throw std::runtime_error("plugin \"" + store->name() + "\" cannot hold its kinds: " + opened.error().detail);
  }
}

Result<bool> Storage::get(KindId kind, const KeyView& key, const Call& call, const Visitor& visit) {
  const auto c_key = to_key(key);
  Delivery delivery{visit, state_->schema[kind].fields.size(), 1};
  const auto sink = delivery.sink();
  const auto status = state_->by_kind[kind]->enter(GH_STORE_V1, "get", call, {GH_OK, GH_NOT_FOUND},
                                                   [&](const void* table, gh_instance* self, const gh_call& gh) {
                                                     return table_of(table).get(self, &gh, kind, &c_key, &sink);
                                                   });
  if (delivery.thrown) std::rethrow_exception(delivery.thrown);
  if (!status) return status.error();
  if (delivery.lied) return lie("delivered a malformed record");
  const bool found = *status == GH_OK;
  if (found != (delivery.delivered == 1)) return lie("gave a record and a status that contradict each other");
  return found;
}

Result<Page> Storage::find(const Query& query, const Call& call, const Visitor& visit) {
  std::vector<gh_value> equals;
  for (const auto& value : query.equals) equals.push_back(to_value(value));
  gh_query c_query{};
  c_query.struct_size = sizeof(c_query);
  c_query.kind = query.kind;
  c_query.index = query.index.value_or(GH_INDEX_KEY);
  c_query.flags = (query.descending ? GH_QUERY_DESCENDING : 0U) | (query.count_only ? GH_QUERY_COUNT_ONLY : 0U);
  c_query.tenant = slice(query.tenant);
  c_query.equals = equals.data();
  c_query.equals_count = static_cast<std::uint32_t>(equals.size());
  c_query.limit = query.limit;
  c_query.cursor = slice(query.cursor);
  if (query.prefix) {
    c_query.range = GH_RANGE_PREFIX;
    c_query.low = to_value(*query.prefix);
  } else {
    c_query.range = (query.from ? GH_RANGE_FROM : 0U) | (query.below ? GH_RANGE_BELOW : 0U);
    if (query.from) c_query.low = to_value(*query.from);
    if (query.below) c_query.high = to_value(*query.below);
  }
  static_assert((GH_RANGE_FROM | GH_RANGE_BELOW) == GH_RANGE_BETWEEN);

  Delivery delivery{visit, state_->schema[query.kind].fields.size(), query.count_only ? 0U : query.limit};
  const auto sink = delivery.sink();
  CursorSink cursor;
  gh_find_out out{};
  out.struct_size = sizeof(out);
  out.cursor = {&cursor, &CursorSink::put};
  const auto status = state_->by_kind[query.kind]->enter(
      GH_STORE_V1, "find", call, {GH_OK, GH_INVALID}, [&](const void* table, gh_instance* self, const gh_call& gh) {
        return table_of(table).find(self, &gh, &c_query, &sink, &out);
      });
  if (delivery.thrown) std::rethrow_exception(delivery.thrown);
  if (!status) return status.error();
  if (*status == GH_INVALID) return Error{Code::ValidationFailed, "the store refused a query"};
  if (delivery.lied || cursor.lied) return lie("delivered a malformed record or cursor");
  if (!query.count_only && out.count != delivery.delivered) return lie("miscounted what it delivered");
  return Page{out.count, std::move(cursor.text)};
}

Result<std::optional<Conflict>> Storage::State::commit(plugins::Instance& store, std::span<const Write> writes,
                                                       std::span<const std::size_t> positions, const Call& call) const {
  std::size_t value_count = 0;
  for (const auto position : positions) value_count += writes[position].values.size();
  std::vector<gh_value> values;
  values.reserve(value_count);
  std::vector<gh_write> c_writes;
  c_writes.reserve(positions.size());
  for (const auto position : positions) {
    const auto& write = writes[position];
    gh_write c_write{};
    c_write.op = write.op == Write::Op::Put ? GH_WRITE_PUT : GH_WRITE_DELETE;
    c_write.kind = write.kind;
    c_write.key = to_key(write.key);
    c_write.expected_version = write.expected_version;
    c_write.values = values.data() + values.size();
    c_write.value_count = static_cast<std::uint32_t>(write.values.size());
    for (const auto& value : write.values) values.push_back(to_value(value));
    c_writes.push_back(c_write);
  }
  gh_commit_out out{};
  out.struct_size = sizeof(out);
  const auto status = store.enter(
      GH_STORE_V1, "commit", call, {GH_OK, GH_CONFLICT}, [&](const void* table, gh_instance* self, const gh_call& gh) {
        return table_of(table).commit(self, &gh, c_writes.data(), c_writes.size(), sizeof(gh_write), &out);
      });
  if (!status) return status.error();
  if (*status == GH_OK) return std::optional<Conflict>{};

  if (out.failed_write >= c_writes.size()) return lie("named a write that was not in the commit");
  const auto position = positions[out.failed_write];
  const auto index_count = schema[writes[position].kind].indexes.size();
  if (out.conflict == GH_CONFLICT_VERSION) return std::optional(Conflict{position, std::nullopt});
  if (out.conflict == GH_CONFLICT_UNIQUE && out.unique_index < index_count) {
    return std::optional(Conflict{position, out.unique_index});
  }
  return lie("gave no reason for a conflict");
}

Result<std::optional<Conflict>> Storage::commit(std::span<const Write> writes, const Call& call) {
  std::vector<plugins::Instance*> order;
  for (const auto& write : writes) {
    auto* store = state_->by_kind[write.kind];
    if (std::find(order.begin(), order.end(), store) == order.end()) order.push_back(store);
  }
  bool committed = false;
  std::vector<std::size_t> positions;
  for (auto* store : order) {
    positions.clear();
    for (std::size_t i = 0; i < writes.size(); ++i) {
      if (state_->by_kind[writes[i].kind] == store) positions.push_back(i);
    }
    auto done = state_->commit(*store, writes, positions, call);
    const bool success = done && !*done;
    if (committed && !success) {
      return Error{Code::InDoubt,
                   "one store has committed, another has not: " + (done ? "conflict" : done.error().detail)};
    }
    if (!success) return done;
    committed = true;
  }
  return std::optional<Conflict>{};
}

Result<std::uint64_t> Storage::purge(KindId kind, Time before, std::uint32_t limit, const Call& call) {
  std::uint64_t deleted = 0;
  const auto status = state_->by_kind[kind]->enter(
      GH_STORE_V1, "purge", call, {GH_OK}, [&](const void* table, gh_instance* self, const gh_call& gh) {
        return table_of(table).purge(self, &gh, kind, before.time_since_epoch().count(), limit, &deleted);
      });
  if (!status) return status.error();
  if (deleted > limit) return lie("deleted more than it was asked to");
  return deleted;
}

Result<void> Storage::ping(const Call& call) {
  for (auto* store : state_->stores()) {
    const auto status = store->enter(
        GH_STORE_V1, "ping", call, {GH_OK},
        [](const void* table, gh_instance* self, const gh_call& gh) { return table_of(table).ping(self, &gh); });
    if (!status) return status.error();
  }
  return {};
}

}  // namespace gatehouse::providers

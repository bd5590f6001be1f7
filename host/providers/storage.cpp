// SPDX-License-Identifier: Apache-2.0
#include "providers/storage.h"

#include "plugins/instance.h"
#include "plugins/operation.h"
#include "providers/record_delivery.h"
#include "providers/schema_tables.h"
#include "providers/slices.h"

#include <gatehouse/store.h>

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <stdexcept>
#include <utility>

namespace gatehouse::providers {
namespace {

using plugins::Entered;
using plugins::Operation;
using plugins::Timing;

gh_key to_key(const KeyView& key) { return {slice(key.tenant), slice(key.partition), slice(key.id)}; }

gh_value to_value(const Value& value) { return {static_cast<std::uint32_t>(value.type), 0, value.i, slice(value.s)}; }

const gh_store_v1& table_of(const Entered& in) { return *static_cast<const gh_store_v1*>(in.table); }

// One instance with the verbs it is entered for.
struct Store {
  explicit Store(plugins::Instance& plugin)
      : instance(plugin),
        open(plugin.operation(GH_STORE_V1, "open", Timing::EveryCall)),
        get(plugin.operation(GH_STORE_V1, "get", Timing::OneIn64)),
        get_many(plugin.operation(GH_STORE_V1, "get_many", Timing::OneIn64)),
        find(plugin.operation(GH_STORE_V1, "find", Timing::OneIn64)),
        commit(plugin.operation(GH_STORE_V1, "commit", Timing::OneIn64)),
        purge(plugin.operation(GH_STORE_V1, "purge", Timing::EveryCall)),
        ping(plugin.operation(GH_STORE_V1, "ping", Timing::EveryCall)) {}

  plugins::Instance& instance;
  const Operation& open;
  const Operation& get;
  const Operation& get_many;
  const Operation& find;
  const Operation& commit;
  const Operation& purge;
  const Operation& ping;
  std::uint32_t flags = 0;  // set by open

  // A plugin of an earlier release ends its table before it, and others may leave it out.
  bool offers_get_many() const noexcept {
    const auto* table = static_cast<const gh_store_v1*>(get_many.table);
    return GH_HAS(gh_store_v1, table, get_many) && table->get_many != nullptr;
  }
};

}  // namespace

struct Storage::State {
  std::vector<KindDef> schema;
  std::deque<Store> stores;
  std::vector<Store*> by_kind;

  Store& of(plugins::Instance& instance) {
    for (auto& store : stores) {
      if (&store.instance == &instance) return store;
    }
    return stores.emplace_back(instance);
  }

  // The positions of those writes that are one commit of their store, in the order of first mention.
  using Parts = std::vector<std::vector<std::size_t>>;
  Parts parts_of(std::span<const Write> writes) const;
  Result<std::optional<Conflict>> commit(Store& store, std::span<const Write> writes,
                                         std::span<const std::size_t> positions, const Call& call) const;
  // Those gets, at most GH_MOST_GETS, of a store that offers it.
  Result<void> get_many(Store& store, std::span<const Get> gets, std::span<const std::size_t> positions,
                        const Call& call, const GetVisitor& visit) const;
};

namespace {

Error half_done(const std::string& reason) {
  return {Code::InDoubt, "one part of a commit is done, another is not: " + reason, {}, std::nullopt};
}

}  // namespace

Storage::Storage(std::vector<KindDef> schema, std::vector<plugins::Instance*> by_kind)
    : state_(std::make_unique<State>()) {
  if (schema.size() != by_kind.size()) throw std::logic_error("every kind needs a store");
  state_->schema = std::move(schema);
  for (auto* instance : by_kind) state_->by_kind.push_back(&state_->of(*instance));
}

Storage::~Storage() = default;

const std::vector<KindDef>& Storage::schema() const noexcept { return state_->schema; }

void Storage::open(const Call& call) {
  for (auto& store : state_->stores) {
    std::vector<std::uint32_t> assigned;
    for (std::uint32_t kind = 0; kind < state_->by_kind.size(); ++kind) {
      if (state_->by_kind[kind] == &store) assigned.push_back(kind);
    }
    const SchemaTables tables(state_->schema, std::move(assigned));
    auto body = [&](const Entered& in) {
      store.flags = table_of(in).flags;
      return table_of(in).open(in.self, &in.call, &tables.schema());
    };
    const auto opened = store.instance.enter(store.open, call, {}, nullptr, body);
    if (!opened) throw std::runtime_error("a store cannot hold its kinds: " + opened.error().detail);
  }
}

bool Storage::crosses_partitions(KindId kind) const noexcept {
  return (state_->by_kind[kind]->flags & GH_STORE_CROSS_PARTITION) != 0;
}
bool Storage::durable(KindId kind) const noexcept { return (state_->by_kind[kind]->flags & GH_STORE_DURABLE) != 0; }
bool Storage::shared(KindId kind) const noexcept { return (state_->by_kind[kind]->flags & GH_STORE_SHARED) != 0; }

Result<bool> Storage::get(KindId kind, const KeyView& key, const Call& call, const Visitor& visit) {
  auto& store = *state_->by_kind[kind];
  const auto c_key = to_key(key);
  Delivery delivery{visit, {key.tenant, &key, state_->schema[kind].fields.size()}, 1};
  auto body = [&](const Entered& in) {
    const gh_record_sink sink{in.context, &Delivery::put};
    return table_of(in).get(in.self, &in.call, kind, &c_key, &sink);
  };
  const auto status = store.instance.enter(store.get, call, {GH_NOT_FOUND}, &delivery, body);
  if (delivery.verdict.thrown) std::rethrow_exception(delivery.verdict.thrown);
  if (!status) return status.error();
  if (delivery.verdict.lied) return store.instance.disbelieve(store.get, call, "delivered a record that cannot be");
  const bool found = *status == GH_OK;
  if (found != (delivery.delivered == 1))
    return store.instance.disbelieve(store.get, call, "gave a record and a status that contradict each other");
  return found;
}

Result<void> Storage::State::get_many(Store& store, std::span<const Get> gets, std::span<const std::size_t> positions,
                                      const Call& call, const GetVisitor& visit) const {
  std::array<gh_get, GH_MOST_GETS> c_gets;
  for (std::size_t at = 0; at < positions.size(); ++at) {
    const auto& get = gets[positions[at]];
    c_gets[at] = {get.kind, 0, to_key(get.key)};
  }
  ManyDelivery delivery{gets, schema, positions, visit};
  auto body = [&](const Entered& in) {
    const gh_get_sink sink{in.context, &ManyDelivery::put};
    return table_of(in).get_many(in.self, &in.call, c_gets.data(), positions.size(), sizeof(gh_get), &sink);
  };
  const auto status = store.instance.enter(store.get_many, call, {}, &delivery, body);
  if (delivery.verdict.thrown) std::rethrow_exception(delivery.verdict.thrown);
  if (!status) return status.error();
  if (delivery.verdict.lied)
    return store.instance.disbelieve(store.get_many, call, "delivered a record that cannot be");
  return {};
}

Result<void> Storage::get_many(std::span<const Get> gets, const Call& call, const GetVisitor& visit) {
  const auto one = [&](std::size_t at) -> Result<void> {
    auto found = get(gets[at].kind, gets[at].key, call, [&](RecordReader& record) { visit(at, record); });
    if (!found) return found.error();
    return {};
  };
  for (auto& store : state_->stores) {
    std::array<std::size_t, GH_MOST_GETS> positions;
    std::size_t count = 0;
    const auto ask = [&]() -> Result<void> {
      const auto asked = std::exchange(count, 0);
      if (asked == 0) return {};
      if (asked == 1) return one(positions[0]);
      return state_->get_many(store, gets, std::span(positions.data(), asked), call, visit);
    };
    for (std::size_t at = 0; at < gets.size(); ++at) {
      if (state_->by_kind[gets[at].kind] != &store) continue;
      positions[count++] = at;
      if (count < positions.size() && store.offers_get_many()) continue;
      if (auto done = ask(); !done) return done;
    }
    if (auto done = ask(); !done) return done;
  }
  return {};
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

  auto& store = *state_->by_kind[query.kind];
  Delivery delivery{
      visit, {query.tenant, nullptr, state_->schema[query.kind].fields.size()}, query.count_only ? 0U : query.limit};
  gh_find_out out{};
  out.struct_size = sizeof(out);
  auto body = [&](const Entered& in) {
    const gh_record_sink sink{in.context, &Delivery::put};
    out.cursor = {in.context, &Delivery::put_cursor};
    return table_of(in).find(in.self, &in.call, &c_query, &sink, &out);
  };
  const auto status = store.instance.enter(store.find, call, {GH_INVALID}, &delivery, body);
  if (delivery.verdict.thrown) std::rethrow_exception(delivery.verdict.thrown);
  if (!status) return status.error();
  if (*status == GH_INVALID) return Error{Code::ValidationFailed, "the store refused a query", {}, std::nullopt};
  if (delivery.verdict.lied)
    return store.instance.disbelieve(store.find, call, "delivered a record or a cursor that cannot be");
  const bool miscounted =
      query.count_only ? query.limit != 0 && out.count > query.limit : out.count != delivery.delivered;
  if (miscounted) return store.instance.disbelieve(store.find, call, "miscounted what it delivered");
  return Page{out.count, std::move(delivery.cursor)};
}

Result<std::optional<Conflict>> Storage::State::commit(Store& store, std::span<const Write> writes,
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
  auto body = [&](const Entered& in) {
    return table_of(in).commit(in.self, &in.call, c_writes.data(), c_writes.size(), sizeof(gh_write), &out);
  };
  const auto status = store.instance.enter(store.commit, call, {GH_CONFLICT}, nullptr, body);
  if (!status) return status.error();
  if (*status == GH_OK) return std::optional<Conflict>{};

  if (out.failed_write >= c_writes.size())
    return store.instance.disbelieve(store.commit, call, "named a write that was not in the commit");
  const auto position = positions[out.failed_write];
  const auto index_count = schema[writes[position].kind].indexes.size();
  if (out.conflict == GH_CONFLICT_VERSION) return std::optional(Conflict{position, std::nullopt});
  if (out.conflict == GH_CONFLICT_UNIQUE && out.unique_index < index_count) {
    return std::optional(Conflict{position, out.unique_index});
  }
  return store.instance.disbelieve(store.commit, call, "gave no reason for a conflict");
}

Storage::State::Parts Storage::State::parts_of(std::span<const Write> writes) const {
  const auto go_together = [&](const Write& one, const Write& other) {
    const auto* store = by_kind[one.kind];
    if (by_kind[other.kind] != store) return false;
    if ((store->flags & GH_STORE_CROSS_PARTITION) != 0) return true;
    return one.key.tenant == other.key.tenant && one.key.partition == other.key.partition;
  };
  Parts parts;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const auto part = std::find_if(parts.begin(), parts.end(),
                                   [&](const auto& each) { return go_together(writes[each.front()], writes[i]); });
    if (part == parts.end()) {
      parts.push_back({i});
    } else {
      part->push_back(i);
    }
  }
  return parts;
}

Result<std::optional<Conflict>> Storage::commit(std::span<const Write> writes, const Call& call) {
  bool committed = false;
  for (const auto& part : state_->parts_of(writes)) {
    auto done = state_->commit(*state_->by_kind[writes[part.front()].kind], writes, part, call);
    const bool success = done && !*done;
    if (committed && !success) return half_done(done ? "conflict" : done.error().detail);
    if (!success) return done;
    committed = true;
  }
  return std::optional<Conflict>{};
}

Result<void> Storage::settle(std::span<const Write> writes, KindId done, const Call& call) {
  std::optional<std::string> failure;
  for (const auto& part : state_->parts_of(writes)) {
    std::vector<std::size_t> puts;
    bool complete = true;
    bool is_done = false;
    for (const auto i : part) {
      const auto& write = writes[i];
      is_done = is_done || write.kind == done;
      if (is_done || write.op != Write::Op::Put) continue;
      puts.push_back(i);
      if (!complete || write.expected_version != 0) continue;
      const auto there = get(write.kind, write.key, call, [](RecordReader&) {});
      complete = there && *there;
    }
    if (complete || is_done) continue;
    const auto again = state_->commit(*state_->by_kind[writes[part.front()].kind], writes, puts, call);
    if (!again || *again) failure = again ? "conflict" : again.error().detail;
  }
  if (!failure) return {};
  return half_done(*failure);
}

Result<std::uint64_t> Storage::purge(KindId kind, Time before, std::uint32_t limit, const Call& call) {
  std::uint64_t deleted = 0;
  auto& store = *state_->by_kind[kind];
  auto body = [&](const Entered& in) {
    return table_of(in).purge(in.self, &in.call, kind, before.time_since_epoch().count(), limit, &deleted);
  };
  const auto status = store.instance.enter(store.purge, call, {}, nullptr, body);
  if (!status) return status.error();
  if (deleted > limit) return store.instance.disbelieve(store.purge, call, "deleted more than it was asked to");
  return deleted;
}

Result<void> Storage::ping(const Call& call) {
  for (auto& store : state_->stores) {
    auto body = [](const Entered& in) { return table_of(in).ping(in.self, &in.call); };
    const auto status = store.instance.enter(store.ping, call, {}, nullptr, body);
    if (!status) return status.error();
  }
  return {};
}

}  // namespace gatehouse::providers

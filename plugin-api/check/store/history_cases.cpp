// SPDX-License-Identifier: Apache-2.0
#include "store/model.h"
#include "store/store.h"
#include "store/store_cases.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

// Random histories on a store and on a model that is too simple to be wrong. Keys, values and times come from small
// pools, so that everything meets everything else.
namespace gatehouse::check::store {
namespace {

std::string conflict_text(std::uint32_t write, std::uint32_t conflict, std::uint32_t index) {
  const std::string text = "write " + std::to_string(write) + ": ";
  return conflict == GH_CONFLICT_UNIQUE ? text + "unique index " + std::to_string(index)
                                        : text + "conflict " + std::to_string(conflict);
}

class History {
 public:
  // On the store's kinds with these ordinals, in its tenants of this check.
  History(Store& store, std::vector<std::uint32_t> kinds, std::uint64_t seed)
      : random_(seed),
        kinds_(std::move(kinds)),
        tenants_{store.tenant(), store.other_tenant()},
        store_(store),
        model_(store.kinds()) {}

  void run(int steps) {
    for (int step = 0; step < steps; ++step) one_step();
    compare_all();
  }

 private:
  std::int64_t below(std::int64_t end) { return std::uniform_int_distribution<std::int64_t>(0, end - 1)(random_); }
  bool one_in(std::int64_t n) { return below(n) == 0; }
  template <class T>
  T any(const std::vector<T>& from) {
    return from[static_cast<std::size_t>(below(static_cast<std::int64_t>(from.size())))];
  }

  // Forth and back, as clocks do.
  void move_clock() { now_ += one_in(8) ? -below(20) : below(4); }

  void one_step() {
    move_clock();
    switch (below(10)) {
      case 0: return compare_get();
      case 1: return compare_count();
      case 2: return compare_find();
      case 3: return compare_pages();
      case 4: return one_in(4) ? compare_purge() : compare_find();
      default: return compare_commit();
    }
  }

  std::uint32_t any_kind() { return any(kinds_); }
  std::string any_tenant() { return tenants_[one_in(3) ? 1 : 0]; }
  Key any_key(const std::string& tenant) {
    return {tenant, any<std::string>({"p", "q", std::string("p\0", 2)}),
            any<std::string>({"1", "2", "3", "12", "\xff"})};
  }

  Value any_value(const FieldDef& field) {
    if (field.nullable && one_in(4)) return null();
    switch (field.type) {
      case GH_BOOL: return boolean(one_in(2));
      case GH_INT: return integer(any<std::int64_t>({0, 1, -1, 7, INT64_MIN, INT64_MAX}));
      case GH_TIME: return moment(now_ + below(30) - 8);
      case GH_TEXT:
        return text(
            any<std::string>({"", "a", "ab", "abc", "b", "B", "z", "zz", "~", "-", "-b", "\xc3\xa9", "p", "1"}));
      default: return bytes(any<std::string>({"", std::string("\0", 1), std::string("\0\1", 2), "a", "\xff"}));
    }
  }

  Write any_write(std::uint32_t kind, const std::string& tenant, const std::string& partition) {
    Key key = any_key(tenant);
    if (!partition.empty()) key.partition = partition;
    const auto here = model_.get(kind, key, now_);
    const bool append_only = store_.kinds()[kind].append_only;
    std::int64_t expected = here && !append_only ? here->version : 0;
    if (one_in(10) && !append_only) expected = below(4);
    if (expected > 0 && one_in(4)) return remove(kind, key, expected);
    std::vector<Value> values;
    for (const FieldDef& field : store_.kinds()[kind].fields) values.push_back(any_value(field));
    // Trailing NULLs may be left away.
    while (!values.empty() && values.back().type == GH_NULL && one_in(2)) values.pop_back();
    return put(kind, key, expected, std::move(values));
  }

  std::vector<Write> any_writes() {
    std::vector<Write> writes;
    const std::string tenant = any_tenant();
    const std::string partition = store_.crosses_partitions() ? "" : "p";
    const std::int64_t count = one_in(3) ? 1 + below(5) : 1;
    while (static_cast<std::int64_t>(writes.size()) < count) {
      Write write = any_write(any_kind(), tenant, partition);
      const bool repeated = std::any_of(writes.begin(), writes.end(), [&](const Write& other) {
        return other.kind == write.kind && other.key == write.key;
      });
      if (!repeated) writes.push_back(std::move(write));
    }
    return writes;
  }

  void compare_commit() {
    const auto writes = any_writes();
    const Committed done = store_.commit(writes, now_);
    const auto objections = model_.commit(writes, now_);
    if (objections.empty()) return store_.answers(done, GH_OK);
    store_.answers(done, GH_CONFLICT);
    const bool known = std::any_of(objections.begin(), objections.end(), [&](const Model::Objection& objection) {
      return objection.write == done.failed_write && objection.conflict == done.conflict &&
             (done.conflict != GH_CONFLICT_UNIQUE || objection.unique_index == done.unique_index);
    });
    if (!known) {
      const auto& first = objections.front();
      store_.differ(conflict_text(first.write, first.conflict, first.unique_index),
                    conflict_text(done.failed_write, done.conflict, done.unique_index), "what stood in the way");
    }
  }

  void compare_get() {
    const std::uint32_t kind = any_kind();
    const Key key = any_key(any_tenant());
    store_.equal(store_.read(kind, key, now_), model_.get(kind, key, now_));
  }

  Query any_query() {
    Query query;
    query.kind = any_kind();
    query.tenant = any_tenant();
    const auto& indexes = store_.kinds()[query.kind].indexes;
    std::vector<FieldDef> fields = {{"partition", GH_TEXT}, {"id", GH_TEXT}};
    if (!indexes.empty() && !one_in(4)) {
      query.index = static_cast<std::uint32_t>(below(static_cast<std::int64_t>(indexes.size())));
      fields.clear();
      for (const std::uint32_t field : indexes[query.index].fields)
        fields.push_back(store_.kinds()[query.kind].fields[field]);
    }
    const auto equals = static_cast<std::size_t>(below(static_cast<std::int64_t>(fields.size()) + 1));
    for (std::size_t at = 0; at < equals; ++at) query.equals.push_back(any_value(fields[at]));
    if (equals < fields.size() && one_in(2)) add_range(query, fields[equals]);
    query.descending = one_in(2);
    query.limit = static_cast<std::uint32_t>(1 + below(5));
    return query;
  }

  void add_range(Query& query, FieldDef field) {
    field.nullable = false;
    const bool is_text = field.type == GH_TEXT || field.type == GH_BYTES;
    query.range = static_cast<std::uint32_t>(1 + below(is_text ? 4 : 3));
    query.low = any_value(field);
    query.high = any_value(field);
  }

  void compare_find() {
    const Query query = any_query();
    store_.equal(store_.find_all(query, now_), model_.find(query, now_));
  }

  // Records change between the pages: each page is what is there then and sorts behind the last one delivered.
  void compare_pages() {
    Query query = any_query();
    query.limit = static_cast<std::uint32_t>(1 + below(2));
    std::optional<Record> last;
    for (int pages = 0; pages < 20; ++pages) {
      const Page page = store_.find(query, now_);
      store_.answers(page, GH_OK);
      auto expected = model_.find(query, now_, last ? &*last : nullptr);
      const bool more = expected.size() > query.limit;
      if (more) expected.resize(query.limit);
      store_.equal(page.records, expected, "a page");
      if (more) store_.equal(page.cursor_calls, 1, "cursors given");
      if (page.cursor_calls == 0) return;
      last = page.records.back();
      query.cursor = page.cursor;
      compare_commit();
    }
  }

  void compare_count() {
    Query query = any_query();
    const auto all = model_.find(query, now_).size();
    const bool capped = one_in(2);
    if (!capped) query.limit = 0;
    const Page page = store_.count(query, now_);
    store_.answers(page, GH_OK);
    store_.equal(page.count, capped ? std::min<std::size_t>(all, query.limit) : all, "the count");
    store_.equal(page.records, {});
  }

  void compare_purge() {
    const std::uint32_t kind = any_kind();
    const std::int64_t before = now_ - below(10);
    const std::uint32_t limit = one_in(2) ? 1000 : static_cast<std::uint32_t>(1 + below(3));
    const auto purged = store_.purge(kind, before, limit);
    if (!store_.kinds()[kind].expiry) return store_.answers(purged, GH_UNSUPPORTED);
    const auto due = model_.due(kind, before);
    store_.answers(purged, GH_OK);
    store_.equal(purged.deleted, std::min<std::size_t>(due.size(), limit), "the number deleted");
    // Which of them it took is its own choice.
    std::uint64_t gone = 0;
    for (const Key& key : due) {
      if (store_.read(kind, key, before_all_time)) continue;
      model_.erase(kind, key);
      ++gone;
    }
    store_.equal(gone, purged.deleted, "records that are gone");
  }

  void compare_all() {
    for (const std::uint32_t kind : kinds_) {
      std::vector<Record> found;
      for (const std::string& tenant : tenants_) {
        Query query = store_.all(kind);
        query.tenant = tenant;
        const auto of_tenant = store_.find_all(query, before_all_time);
        found.insert(found.end(), of_tenant.begin(), of_tenant.end());
      }
      store_.equal(found, model_.all(kind), "all that is left");
    }
  }

  std::mt19937_64 random_;
  const std::vector<std::uint32_t> kinds_;
  const std::vector<std::string> tenants_;
  Store& store_;
  Model model_;
  std::int64_t now_ = 1'000;
};

void run_histories(Store& store, const std::vector<std::uint32_t>& kinds, const std::string& name, int histories) {
  for (int history = 0; history < histories; ++history) {
    const std::uint64_t seed = store.context().seed() + static_cast<std::uint64_t>(history);
    store.begin("history " + std::to_string(history) + " of " + name);
    History(store, kinds, seed).run(400);
  }
  store.context().detail(name + ": " + std::to_string(histories) + " histories of 400 steps");
}

void suite_histories(Context& context) {
  Store store(context, suite_kinds());
  run_histories(store, {kind::Session, kind::Account, kind::Event, kind::Sample, kind::Plain}, "the suite's kinds",
                context.rounds(200));
}

void product_histories(Context& context) {
  const Kinds kinds = kinds_it_holds(context);
  std::vector<std::uint32_t> held;
  for (std::uint32_t at = 0; at < kinds.size(); ++at) {
    if (kinds[at].assigned) held.push_back(at);
  }
  context.expect(!held.empty(), "open refused every kind of the product; a store holds at least one");
  Store store(context, kinds);
  for (const std::uint32_t kind : held) run_histories(store, {kind}, kinds[kind].name, context.rounds(50));
  if (held.size() > 1) run_histories(store, held, "all of them together", context.rounds(50));
}

}  // namespace

std::vector<Case> history_cases() {
  return {
      store_case("store.history", "Random histories of the product's kinds go as in a model of the contract.",
                 product_histories, std::chrono::seconds(60)),
      store_case("store.history_of_everything",
                 "Random histories of kinds with every feature go as in a model of the contract.", suite_histories,
                 std::chrono::seconds(60)),
  };
}

}  // namespace gatehouse::check::store

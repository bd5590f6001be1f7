// SPDX-License-Identifier: Apache-2.0
#include "store/model.h"
#include "store/store.h"
#include "store/store_cases.h"

#include <algorithm>
#include <cstddef>
#include <optional>
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
  History(Store& store, std::vector<std::uint32_t> kinds, int number)
      : number_(number),
        random_(store.context().seed() + static_cast<std::uint64_t>(number)),
        kinds_(std::move(kinds)),
        tenants_{store.tenant(), store.other_tenant()},
        store_(store),
        model_(store.kinds()) {
    store_.before_failing([this] { tell_what_led_here(); });
  }
  ~History() { store_.before_failing({}); }
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  void run(int steps) {
    for (step_ = 0; step_ < steps; ++step_) one_step();
    topics_.clear();
    compare_all();
  }

 private:
  // What a step is about: all records of a kind, of one tenant where that is named, or one of them.
  struct Topic {
    std::uint32_t kind = 0;
    std::string tenant{};
    std::optional<Key> key{};
  };
  struct Change {
    int step;
    std::int64_t at;
    std::vector<Write> writes;
    bool done;
  };

  bool concerns(const Change& change) const {
    return topics_.empty() || std::any_of(change.writes.begin(), change.writes.end(), [&](const Write& write) {
             return std::any_of(topics_.begin(), topics_.end(), [&](const Topic& topic) {
               return topic.kind == write.kind && (topic.tenant.empty() || topic.tenant == write.key.tenant) &&
                      (!topic.key || *topic.key == write.key);
             });
           });
  }

  void tell_what_led_here() const {
    constexpr std::size_t most = 20;
    std::vector<const Change*> told;
    for (const Change& change : changes_) {
      if (concerns(change)) told.push_back(&change);
    }
    Context& context = store_.context();
    context.detail("[check] history = " + std::to_string(number_) + " runs this history alone; it failed at step " +
                   std::to_string(step_) + ", after " + std::to_string(told.size()) + " commits on what it was about");
    for (auto at = told.size() - std::min(told.size(), most); at < told.size(); ++at) {
      const Change& change = *told[at];
      context.detail("step " + std::to_string(change.step) + " at " + std::to_string(change.at) + ": " +
                     text_of(change.writes, store_.kinds()) + (change.done ? ": done" : ": GH_CONFLICT"));
    }
  }

  // Where a value may be unique, other records of the kind matter as well.
  void be_about(const std::vector<Write>& writes) {
    topics_.clear();
    for (const Write& write : writes) {
      const auto& indexes = store_.kinds()[write.kind].indexes;
      const bool unique = std::any_of(indexes.begin(), indexes.end(), [](const auto& index) { return index.unique; });
      topics_.push_back({write.kind, write.key.tenant, unique ? std::nullopt : std::optional(write.key)});
    }
  }

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
    be_about(writes);
    const Committed done = store_.commit(writes, now_);
    const auto objections = model_.commit(writes, now_);
    store_.answers(done, objections.empty() ? GH_OK : GH_CONFLICT);
    changes_.push_back({step_, now_, writes, objections.empty()});
    if (objections.empty()) return;
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
    topics_ = {{kind, key.tenant, key}};
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
    topics_ = {{query.kind, query.tenant, std::nullopt}};
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
      topics_ = {{query.kind, query.tenant, std::nullopt}};
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
    topics_ = {{kind, {}, std::nullopt}};
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

  const int number_;
  std::mt19937_64 random_;
  const std::vector<std::uint32_t> kinds_;
  const std::vector<std::string> tenants_;
  Store& store_;
  Model model_;
  std::int64_t now_ = 1'000;
  int step_ = 0;
  std::vector<Topic> topics_;  // of the step that runs; none: it is about everything
  std::vector<Change> changes_;
};

void run_history(Store& store, const std::vector<std::uint32_t>& kinds, const std::string& name, int number) {
  store.begin("history " + std::to_string(number) + " of " + name);
  History(store, kinds, number).run(400);
}

void run_histories(Store& store, const std::vector<std::uint32_t>& kinds, const std::string& name, int usual) {
  if (const auto only = store.context().subject().history) return run_history(store, kinds, name, *only);
  Rounds rounds(store.context(), "histories of 400 steps of " + name, usual);
  for (int history = 0; rounds.more(history); ++history) run_history(store, kinds, name, history);
}

void suite_histories(Context& context) {
  Store store(context, suite_kinds());
  run_histories(store, {kind::Session, kind::Account, kind::Event, kind::Sample, kind::Plain}, "the suite's kinds",
                200);
}

void product_histories(Context& context) {
  const Kinds kinds = kinds_it_holds(context);
  std::vector<std::uint32_t> held;
  for (std::uint32_t at = 0; at < kinds.size(); ++at) {
    if (kinds[at].assigned) held.push_back(at);
  }
  context.expect(!held.empty(), "open refused every kind of the product; a store holds at least one");
  Store store(context, kinds);
  for (std::size_t at = 0; at < held.size(); ++at) {
    context.give_time(at, held.size() + 1);
    run_histories(store, {held[at]}, kinds[held[at]].name, 50);
  }
  context.give_time(held.size(), held.size() + 1);
  if (held.size() > 1) run_histories(store, held, "all of them together", 50);
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

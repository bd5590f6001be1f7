// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include "store/product_schema.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <unistd.h>

namespace gatehouse::check::store {
std::string name_of_run() {
  return std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + '-' +
         std::to_string(::getpid()) + '-';
}

Kinds kinds_it_holds(Context& context) {
  Kinds kinds = product_kinds();
  const auto taken = [&](const Kinds& some) {
    const Instance instance(context);
    const Verbs verbs(context.table_of<gh_store_v1>(GH_STORE_V1), instance.self(), some);
    return verbs.open();
  };
  if (taken(kinds).status == GH_OK) return kinds;
  for (std::size_t at = 0; at < kinds.size(); ++at) {
    Kinds alone = kinds;
    for (std::size_t other = 0; other < alone.size(); ++other) alone[other].assigned = other == at;
    const Committed answer = taken(alone);
    kinds[at].assigned = answer.status == GH_OK;
    if (!kinds[at].assigned) context.detail("it does not hold the kind " + kinds[at].name + ": " + answer.words);
  }
  return kinds;
}

Store::Store(Context& context) : context_(context) {
  const Committed suite = open(suite_kinds());
  if (suite.status == GH_UNSUPPORTED || suite.status == GH_INVALID) {
    instance_.reset();
    answers(open(kinds_it_holds(context)), GH_OK);
    cast_.emplace(opened_);
  } else {
    answers(suite, GH_OK);
  }
  begin_run();
}

Store::Store(Context& context, const Kinds& kinds) : context_(context) {
  const Committed opened = open(kinds);
  if (opened.status == GH_UNSUPPORTED || opened.status == GH_INVALID) {
    context.skip("it does not hold the kinds of this case" + because(opened.words));
  }
  answers(opened, GH_OK);
  begin_run();
}

Committed Store::open(const Kinds& kinds) {
  opened_ = kinds;
  instance_.emplace(context_);
  verbs_.emplace(context_.table_of<gh_store_v1>(GH_STORE_V1), instance_->self(), opened_);
  check_ = "opening the store";
  context_.entering("store.open");
  return verbs_->open();
}

// Where nothing of other runs can be left, a history that failed fails again, names and all.
void Store::begin_run() {
  if (outlives_the_process()) run_ = name_of_run();
}

void Store::begin(std::string_view check) {
  check_ = check;
  ++checks_;
  tenant_ = run_ + "t" + std::to_string(checks_);
  other_tenant_ = run_ + "u" + std::to_string(checks_);
  for (std::uint32_t kind = 0; kind < opened_.size(); ++kind) {
    if (!opened_[kind].expiry || !opened_[kind].assigned) continue;
    while (purge_actual(kind, INT64_MAX, 1000).deleted == 1000) {
    }
  }
}

Query Store::all(std::uint32_t kind, std::uint32_t index) const { return all(kind, index, {}); }

Query Store::all(std::uint32_t kind, std::uint32_t index, std::vector<Value> equals) const {
  return {.kind = kind, .index = index, .tenant = tenant_, .equals = std::move(equals)};
}

template <class Verb>
auto Store::call(const char* operation, std::int64_t at, const Verb& verb) const {
  Calling calling(context_, operation, {.now_us = at, .timeout = time_left_});
  auto answer = verb(*calling.call());
  calling.done(answer.status);
  answer.words = calling.words();
  return answer;
}

Got Store::get(std::uint32_t kind, const Key& key, std::int64_t at) const {
  remember(Lookup{kind, key}, at);
  const std::uint32_t actual = cast_ ? cast_->kind(kind) : kind;
  Got got = call("store.get", at, [&](const gh_call& call) { return verbs_->get(actual, key, call); });
  if (!got.record) return got;
  judge(actual, {*got.record});
  if (got.record->key != key) differ("the record of that key", text_of(*got.record), {});
  if (cast_) got.record = cast_->record(kind, *std::move(got.record));
  return got;
}

GotMany Store::get_many(const std::vector<Get>& gets, std::int64_t at) const {
  remember(gets, at);
  auto actual = gets;
  for (Get& get : actual) get.kind = this->actual(get.kind);
  GotMany got = call("store.get_many", at, [&](const gh_call& call) { return verbs_->get_many(actual, call); });
  for (std::size_t i = 0; i < gets.size(); ++i) {
    auto& record = got.records[i];
    if (!record) continue;
    judge(actual[i].kind, {*record});
    if (record->key != gets[i].key) differ("the record of each key", text_of(*record), {});
    if (cast_) record = cast_->record(gets[i].kind, *std::move(record));
  }
  return got;
}

Committed Store::commit(const std::vector<Write>& writes, std::int64_t at) const {
  remember(writes, at);
  const auto commit = [&](const std::vector<Write>& actual) {
    const Committed done = call("store.commit", at, [&](const gh_call& call) { return verbs_->commit(actual, call); });
    context_.progress().commits.fetch_add(1, std::memory_order_relaxed);
    return done;
  };
  if (!cast_) return commit(writes);
  Committed done = commit(cast_->writes(writes));
  if (done.status == GH_CONFLICT && done.conflict == GH_CONFLICT_UNIQUE && done.failed_write < writes.size()) {
    done.unique_index = cast_->unique_index(writes[done.failed_write].kind, done.unique_index);
  }
  return done;
}

Page Store::find(const Query& query, std::int64_t at, std::uint64_t most) const {
  remember(query, at);
  const Query actual = cast_ ? cast_->query(query) : query;
  Page page = call("store.find", at, [&](const gh_call& call) { return verbs_->find(actual, call, most); });
  judge(actual.kind, page.records);
  for (Record& record : page.records) {
    if (record.key.tenant != query.tenant) differ("records of its tenant", text_of(record), {});
    if (cast_) record = cast_->record(query.kind, std::move(record));
  }
  return page;
}

// What a host would take for a defect.
void Store::judge(std::uint32_t kind, const std::vector<Record>& records) const {
  for (const Record& record : records) {
    if (record.version < 1) differ("a version of at least 1", std::to_string(record.version), "a record");
    const auto& fields = opened_[kind].fields;
    if (record.values.size() > fields.size()) differ("at most one value a field", text_of(record), {});
    for (std::size_t at = 0; at < record.values.size(); ++at) {
      const std::uint32_t type = record.values[at].type;
      if (type != fields[at].type && type != GH_NULL) differ("a value of its type", text_of(record), fields[at].name);
    }
  }
}

Page Store::count(const Query& query, std::int64_t at) const {
  Query counting = query;
  counting.count_only = true;
  return find(counting, at);
}

Purged Store::purge(std::uint32_t kind, std::int64_t before, std::uint32_t limit) const {
  remember(Purging{kind, before, limit}, now);
  return purge_actual(cast_ ? cast_->purged_kind(kind) : kind, before, limit);
}

Purged Store::purge_actual(std::uint32_t kind, std::int64_t before, std::uint32_t limit) const {
  return call("store.purge", now, [&](const gh_call& call) { return verbs_->purge(kind, before, limit, call); });
}

std::optional<Record> Store::read(std::uint32_t kind, const Key& key, std::int64_t at) const {
  Got got = get(kind, key, at);
  if (got.status != GH_OK && got.status != GH_NOT_FOUND) {
    differ("GH_OK or GH_NOT_FOUND", status_name(got.status) + because(got.words), {});
  }
  equal(got.delivered, got.status == GH_OK ? 1 : 0, "records delivered with " + status_name(got.status));
  return std::move(got.record);
}

std::vector<std::optional<Record>> Store::read_many(const std::vector<Get>& gets, std::int64_t at) const {
  GotMany got = get_many(gets, at);
  answers(got, GH_OK);
  equal(got.strays, 0, "records for no get, or a second one for the same");
  return std::move(got.records);
}

Record Store::expect(std::uint32_t kind, const Key& key, std::int64_t at) const {
  auto record = read(kind, key, at);
  if (!record) differ("the record", "GH_NOT_FOUND", {});
  return *std::move(record);
}

std::vector<Record> Store::find_all(Query query, std::int64_t at) const {
  std::vector<Record> all;
  for (;;) {
    Page page = find(query, at);
    answers(page, GH_OK);
    equal(page.count, page.records.size(), "the count of records delivered");
    that(page.cursor_calls <= 1, "the cursor was given more than once");
    that(page.cursor_calls == 0 || !page.records.empty(), "an empty page gave a cursor");
    all.insert(all.end(), std::make_move_iterator(page.records.begin()), std::make_move_iterator(page.records.end()));
    if (page.cursor_calls == 0) return all;
    query.cursor = page.cursor;
  }
}

void Store::must(const std::vector<Write>& writes, std::int64_t at) const { answers(commit(writes, at), GH_OK); }

void Store::loses(const std::vector<Write>& writes, std::uint32_t conflict, std::int64_t at) const {
  const Committed lost = commit(writes, at);
  answers(lost, GH_CONFLICT);
  equal(lost.conflict, conflict, "the conflict (1: version, 2: unique key)");
}

void Store::differ(const std::string& expected, const std::string& actual, std::string_view what) const {
  if (const auto body = std::exchange(before_failing_, {})) body();
  std::string sentence = check_ + ": " + last_call();
  if (!expected.empty()) {
    sentence += ": expected " + expected + ", got " + actual;
    if (!what.empty()) sentence += ", in ";
  } else {
    sentence += ": ";
  }
  sentence += what;
  context_.fail(sentence + " (seed " + std::to_string(context_.subject().seed) + ")");
}

std::string Store::last_call() const {
  struct Words {
    const Kinds& kinds;
    std::string kind(std::uint32_t at) const { return at < kinds.size() ? kinds[at].name : std::to_string(at); }
    std::string operator()(const std::monostate&) const { return "open"; }
    std::string operator()(const std::string& what) const { return what; }
    std::string operator()(const Lookup& call) const { return "get " + kind(call.kind) + ' ' + text_of(call.key); }
    std::string operator()(const std::vector<Get>& gets) const { return text_of(gets, kinds); }
    std::string operator()(const std::vector<Write>& writes) const { return text_of(writes, kinds); }
    std::string operator()(const Query& query) const { return text_of(query, kinds); }
    std::string operator()(const Purging& call) const {
      return "purge " + kind(call.kind) + " before " + std::to_string(call.before) + " limit " +
             std::to_string(call.limit);
    }
  };
  const std::string call = std::visit(Words{kinds()}, last_);
  return last_at_ == now ? call : call + " at " + std::to_string(last_at_);
}

void skip_unless_held(Context& context, const std::function<void()>& body) {
  try {
    body();
  } catch (const NotHeld& not_held) {
    context.skip("the store's kinds do not have " + not_held.what);
  }
}

void run_checks(Context& context, std::span<const Check> checks) {
  Store store(context);
  std::size_t tried = 0;
  std::string missing;
  for (std::size_t at = 0; at < checks.size(); ++at) {
    const Check& check = checks[at];
    context.give_time(at, checks.size());
    store.begin(check.sentence);
    try {
      check.run(store);
      ++tried;
    } catch (const NotHeld& not_held) {
      missing = not_held.what;
      context.detail(std::string("not tried: ") + check.sentence + "; the store's kinds do not have " + missing);
    }
  }
  if (tried == 0) context.skip("the store's kinds do not have " + missing);
}

}  // namespace gatehouse::check::store

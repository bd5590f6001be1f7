// SPDX-License-Identifier: Apache-2.0
#include "order_code.h"
#include "record.h"
#include "redis_store.h"

#include <algorithm>
#include <cstdio>
#include <tuple>
#include <utility>

namespace gatehouse::store_redis {
namespace {

constexpr std::size_t most_writes = 64;
// How much longer than its expiry Redis keeps a record: hosts whose clocks differ see the same, a clock that was ahead
// and is set back has lost nothing, and purge() comes before with all that belongs to the record.
constexpr std::int64_t kept_longer_ms = 24 * 3600 * 1000;
// Beyond a hundred years a record might as well stay.
constexpr std::int64_t longest_life_ms = std::int64_t{100} * 366 * 24 * 3600 * 1000;

// How long Redis keeps it, or nothing: for ever.
std::string life_ms(const std::optional<std::int64_t>& expiry_us, std::int64_t now_us) {
  if (!expiry_us) return {};
  std::int64_t left_us;
  if (__builtin_sub_overflow(*expiry_us, now_us, &left_us)) left_us = *expiry_us > now_us ? INT64_MAX : 0;
  const std::int64_t left_ms = std::max<std::int64_t>(0, left_us / 1000);
  return left_ms > longest_life_ms ? std::string() : std::to_string(left_ms + kept_longer_ms);
}

std::string score_text(std::int64_t time) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.17g", static_cast<double>(time));
  return text;
}

// The keys of one commit, each once.
class Keys {
 public:
  std::string number_of(std::string key) {
    const auto found = std::find(names_.begin(), names_.end(), key);
    const auto at = found - names_.begin();
    if (found == names_.end()) names_.push_back(std::move(key));
    return std::to_string(at + 1);
  }
  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
};

void check(const Kind& kind, const sdk::WriteView& write) {
  if (!write.is_put() && !write.is_delete()) invalid("a write is neither a put nor a delete");
  check_key(write.key());
  if (write.expected_version() < 0) invalid("an expected version is negative");
  if (write.is_delete() && write.expected_version() == 0) invalid("a delete expects version 0");
  if (write.is_put()) kind.check(write.values());
}

void refuse_repeated_keys(const sdk::Writes& writes) {
  std::vector<std::tuple<std::uint32_t, std::string_view, std::string_view, std::string_view>> keys;
  for (std::size_t at = 0; at < writes.size(); ++at) {
    const auto key = writes[at].key();
    keys.emplace_back(writes[at].kind(), key.tenant(), key.partition(), key.id());
  }
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end()) invalid("a key is written twice");
}

// What a script needs to know of the writes of a commit.
class CommitArguments {
 public:
  CommitArguments(const Layout& layout, std::size_t bucket, std::int64_t now_us)
      : layout_(layout), bucket_(bucket), now_us_(now_us) {}

  void add(const Held& held, const sdk::WriteView& write) {
    const Kind& kind = held.kind;
    const KeyCode code = code_of(write.key());
    const auto expected = write.expected_version();
    put_all({write.is_put() ? "P" : "D",
             keys_.number_of(layout_.record_prefix(bucket_, kind.name()) + code.tenant + code.partition + code.id),
             expected == 0 ? std::string() : number_code(expected), code.tenant, code.partition, code.id,
             kind.expiry_field() ? keys_.number_of(layout_.due(bucket_, kind.name())) : "0",
             std::to_string(kind.indexes().size() + 1)});
    std::vector<Place> places(kind.indexes().size() + 1);
    if (write.is_put()) places = places_of(kind, write.key(), code, write.values());
    for (std::size_t at = 0; at < kind.indexes().size(); ++at) add_index(kind, kind.indexes()[at], places[at]);
    put_all({keys_.number_of(layout_.index(bucket_, kind.name(), "")), ""});
    if (write.is_put()) add_record(kind, places, write);
    ++writes_;
  }

  std::vector<std::string> all() {
    const std::string strays = strays_.empty() ? "0" : keys_.number_of(layout_.strays(bucket_));
    std::vector<std::string> all = {number_code(now_us_), std::to_string(writes_), strays};
    all.insert(all.end(), std::make_move_iterator(arguments_.begin()), std::make_move_iterator(arguments_.end()));
    return all;
  }
  const std::vector<std::string>& keys() const noexcept { return keys_.names(); }
  // Of indexes that get a record away from home.
  const std::vector<std::string>& strays() const noexcept { return strays_; }

 private:
  void put_all(std::initializer_list<std::string> some) { arguments_.insert(arguments_.end(), some); }

  void add_index(const Kind& kind, const Index& index, const Place& place) {
    std::string stray;
    if (!place.empty() && !is_home(place) && kind.leads_with_text(index)) {
      stray = kind.name() + '.' + index.name;
      strays_.push_back(stray);
    }
    put_all({keys_.number_of(layout_.index(bucket_, kind.name(), index.name)), std::move(stray)});
  }

  void add_record(const Kind& kind, const std::vector<Place>& places, const sdk::WriteView& write) {
    std::size_t values_at = 19;
    for (const Place& place : places) values_at += 2 + place.size();
    const auto expiry = kind.expiry(write.values());
    put_all({encode(kind, write.expected_version() + 1, places, write.values()), std::to_string(values_at),
             life_ms(expiry, now_us_), expiry ? score_text(*expiry) : std::string()});
  }

  const Layout& layout_;
  const std::size_t bucket_;
  const std::int64_t now_us_;
  Keys keys_;
  std::vector<std::string> arguments_;
  std::vector<std::string> strays_;
  std::size_t writes_ = 0;
};

}  // namespace

void RedisStore::make_strays_known(const std::vector<std::string>& names, const sdk::Call& call) {
  std::vector<Question> questions;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    Command add(2 + names.size());
    add << "SADD" << layout_.strays(bucket);
    for (const auto& name : names) add << name;
    // Doing it twice does no harm.
    questions.emplace_back(Layout::slot(bucket), Question::Effect::Repeatable, std::move(add));
  }
  backend_.ask_all(questions, call);
}

sdk::Status RedisStore::commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out) {
  if (writes.size() < 1 || writes.size() > most_writes) invalid("a commit has 1 to 64 writes");
  bool revokes = false;
  bool one_partition = true;
  for (std::size_t at = 0; at < writes.size(); ++at) {
    const Kind& kind = held(writes[at].kind()).kind;
    check(kind, writes[at]);
    revokes = revokes || writes[at].is_delete() || kind.is_revoked(writes[at].values());
    one_partition = one_partition && writes[at].key().tenant() == writes[0].key().tenant() &&
                    writes[at].key().partition() == writes[0].key().partition();
  }
  refuse_repeated_keys(writes);
  if (!one_partition) return {GH_UNSUPPORTED, "a commit in Redis stays inside one partition"};

  const auto key = writes[0].key();
  const std::size_t bucket = Layout::bucket_of(key.tenant(), key.partition());
  CommitArguments arguments(layout_, bucket, call.now_us());
  for (std::size_t at = 0; at < writes.size(); ++at) arguments.add(held(writes[at].kind()), writes[at]);
  const auto all = arguments.all();
  Question question(Layout::slot(bucket), Question::Effect::Once,
                    backend_.script(Script::Commit, arguments.keys(), all));
  question.wait_for_replicas = revokes;
  question.in_company = true;
  for (int attempts = 0; attempts < 3; ++attempts) {
    const std::int64_t answer = backend_.ask(question, call).integer();
    if (answer == 0) return {};
    if (answer > 0) return out.version_conflict(static_cast<std::size_t>(answer - 1));
    make_strays_known(arguments.strays(), call);
  }
  return {GH_UNAVAILABLE, "Redis loses its keys as soon as they are written: does somebody flush it?"};
}

}  // namespace gatehouse::store_redis

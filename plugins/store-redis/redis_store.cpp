// SPDX-License-Identifier: Apache-2.0
#include "redis_store.h"

#include "find.h"
#include "order_code.h"
#include "record.h"

#include <cmath>
#include <cstdio>
#include <utility>

namespace gatehouse::store_redis {
namespace {

// Every digit of it: Redis reads the same number again.
std::string score_text(double score) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.17g", score);
  return text;
}

// All that the scripts and the calls of this plugin run on keys.
const std::vector<std::string> needed = {"GET",
                                         "GETEX",
                                         "SET v",
                                         "DEL",
                                         "UNLINK",
                                         "EXISTS",
                                         "ZADD 0 m",
                                         "ZREM m",
                                         "ZCOUNT 0 0",
                                         "ZCARD",
                                         "ZRANGE 0 0",
                                         "ZRANGEBYLEX - +",
                                         "ZREVRANGEBYLEX + -",
                                         "ZRANGEBYSCORE 0 0",
                                         "ZREMRANGEBYRANK 0 0",
                                         "SADD m",
                                         "SISMEMBER m",
                                         "PEXPIRE 1"};

}  // namespace

void check_part(std::string_view part, std::size_t longest, const char* name) {
  if (part.empty() || part.size() > longest || part.data() == nullptr) {
    invalid(std::string("a key's ") + name + " is not 1 to " + std::to_string(longest) + " bytes long");
  }
}

void check_key(const sdk::KeyView& key) {
  check_part(key.tenant(), longest_tenant, "tenant");
  check_part(key.partition(), longest_partition, "partition");
  check_part(key.id(), longest_id, "id");
}

sdk::Status RedisStore::open(const sdk::SchemaView& schema) {
  std::vector<std::unique_ptr<Held>> kinds(schema.kind_count());
  for (const std::uint32_t ordinal : schema.assigned()) {
    if (ordinal >= kinds.size()) invalid("kind " + std::to_string(ordinal) + " is assigned and not in the schema");
    if (kinds[ordinal] != nullptr) invalid("kind " + std::to_string(ordinal) + " is assigned twice");
    kinds[ordinal] = std::make_unique<Held>(schema.kind(ordinal));
  }
  kinds_ = std::move(kinds);
  return {};
}

Held& RedisStore::held(std::uint32_t kind) {
  if (kind >= kinds_.size() || kinds_[kind] == nullptr) {
    invalid("kind " + std::to_string(kind) + " is not held by this store");
  }
  return *kinds_[kind];
}

sdk::Status RedisStore::get(const sdk::Call& call, std::uint32_t kind_number, const sdk::KeyView& key,
                            const sdk::RecordSink& sink) {
  const Kind& kind = held(kind_number).kind;
  check_key(key);
  const std::size_t bucket = Layout::bucket_of(key.tenant(), key.partition());
  std::string name = layout_.record_prefix(bucket, kind.name());
  append_text(name, key.tenant());
  append_text(name, key.partition());
  append_text(name, key.id());
  // GETEX counts as a write: a master that has become a replica refuses it.
  Question question(Layout::slot(bucket), Question::Effect::Repeatable, Command(2) << "GETEX" << name);
  question.in_company = true;
  const Reply reply = backend_.ask(question, call);
  if (reply.is_nil() || !visible(reply.text(), call.now_us())) return GH_NOT_FOUND;
  const Decoded record = decode(kind, reply.text());
  sink.put(key.raw(), record.version, record.values.data(), record.values.size());
  return {};
}

sdk::Status RedisStore::find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                             const sdk::FindOut& out) {
  return Search(backend_, layout_, held(query.kind()), call, query).run(sink, out);
}

sdk::Status RedisStore::purge(const sdk::Call& call, std::uint32_t kind_number, std::int64_t before_us,
                              std::uint32_t limit, std::uint64_t& deleted) {
  const Kind& kind = held(kind_number).kind;
  if (!kind.expiry_field()) return {GH_UNSUPPORTED, "kind " + kind.name() + " has no expiry"};
  // Scores are rounded: a little more is looked at, and the records themselves decide.
  const double before = std::nextafter(std::nextafter(static_cast<double>(before_us), HUGE_VAL), HUGE_VAL);
  std::vector<Question> questions;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    questions.emplace_back(Layout::slot(bucket), Question::Effect::Repeatable,
                           Command(4) << "ZCOUNT" << layout_.due(bucket, kind.name()) << "-inf" << score_text(before));
  }
  const auto due = backend_.ask_all(questions, call);
  for (std::size_t bucket = 0; bucket < bucket_count && deleted < limit; ++bucket) {
    if (due[bucket].integer() > 0) deleted += purge_bucket(call, kind, bucket, {before_us, before}, limit - deleted);
  }
  return {};
}

std::uint64_t RedisStore::purge_bucket(const sdk::Call& call, const Kind& kind, std::size_t bucket,
                                       const Before& before, std::uint64_t limit) {
  std::vector<std::string> keys = {layout_.due(bucket, kind.name())};
  for (const Index& index : kind.indexes()) keys.push_back(layout_.index(bucket, kind.name(), index.name));
  keys.push_back(layout_.index(bucket, kind.name(), ""));
  const std::string carrier = kind.carrier() ? std::to_string(*kind.carrier() + 2) : "0";
  std::uint64_t deleted = 0;
  for (std::int64_t pass = 0; pass >= 0 && deleted < limit;) {
    const Question question(Layout::slot(bucket), Question::Effect::Repeatable,
                            backend_.script(Script::Purge, keys,
                                            {number_code(before.time_us), score_text(before.score),
                                             layout_.record_prefix(bucket, kind.name()),
                                             std::to_string(limit - deleted), std::to_string(pass), carrier}));
    const Reply reply = backend_.ask(question, call);
    deleted += static_cast<std::uint64_t>(reply[0].integer());
    pass = reply[1].integer();
    const Reply missing = reply[2];
    for (std::size_t at = 0; at + 2 < missing.size(); at += 3) {
      const auto index = static_cast<std::size_t>(missing[at].integer()) - 1;
      const Command forget = backend_.script(Script::Forget, {keys.at(index), std::string(missing[at + 2].text())},
                                             {std::string(missing[at + 1].text())});
      backend_.ask(Question(Layout::slot(bucket), Question::Effect::Repeatable, forget), call);
    }
  }
  return deleted;
}

std::vector<std::uint16_t> RedisStore::slots() {
  std::vector<std::uint16_t> slots;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) slots.push_back(Layout::slot(bucket));
  return slots;
}

// Not PING: a master that has become a replica, or is loading, still answers that, and so does one that lets this user
// do nothing else.
sdk::Status RedisStore::ping(const sdk::Call& call) {
  for (const std::size_t bucket : backend_.one_for_each_master(slots(), call)) {
    const Reply denied = backend_.ask(Question(Layout::slot(bucket), Question::Effect::Repeatable,
                                               backend_.script(Script::Rights, {layout_.probe(bucket)}, needed)),
                                      call);
    if (denied.size() == 0) continue;
    std::string names;
    for (std::size_t at = 0; at < denied.size(); ++at) names.append(at == 0 ? "" : ", ").append(denied[at].text());
    return {GH_DENIED, "the Redis user may not run " + names +
                           " on keys that begin with key_prefix; the ACL line in "
                           "the plugin's README has all it needs"};
  }
  return {};
}

}  // namespace gatehouse::store_redis

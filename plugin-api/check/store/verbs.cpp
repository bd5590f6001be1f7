// SPDX-License-Identifier: Apache-2.0
#include "store/verbs.h"

#include <utility>

namespace gatehouse::check::store {
namespace {

std::string copy(const gh_slice& slice) { return {reinterpret_cast<const char*>(slice.data), slice.size}; }

Record copy(const gh_record& record) {
  Record made{{copy(record.key.tenant), copy(record.key.partition), copy(record.key.id)}, record.version, {}};
  for (std::uint32_t at = 0; at < record.value_count; ++at) made.values.push_back(owned(record.values[at]));
  return made;
}

struct Collected {
  std::vector<Record> records;
  const std::function<void()>& while_delivering;
  std::uint64_t most = UINT64_MAX;
};

gh_record_sink sink_to(Collected& collected) {
  return {&collected, [](void* context, const gh_record* record) -> std::int32_t {
            auto& into = *static_cast<Collected*>(context);
            into.records.push_back(copy(*record));
            if (into.while_delivering) into.while_delivering();
            return into.records.size() >= into.most ? 1 : 0;
          }};
}

// A missing value is NULL: padded, so that records compare.
void pad(Record& record, const Kinds& kinds, std::uint32_t kind) {
  if (kind < kinds.size() && record.values.size() < kinds[kind].fields.size()) {
    record.values.resize(kinds[kind].fields.size());
  }
}

std::vector<gh_value> raw(const std::vector<Value>& values) {
  std::vector<gh_value> made;
  made.reserve(values.size());
  for (const Value& value : values) made.push_back(value.raw());
  return made;
}

gh_slice slice(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

gh_query raw(const Query& query, const std::vector<gh_value>& equals) {
  gh_query made{};
  made.struct_size = sizeof(made);
  made.kind = query.kind;
  made.index = query.index;
  made.flags = query.descending ? GH_QUERY_DESCENDING : 0;
  if (query.count_only) made.flags |= GH_QUERY_COUNT_ONLY;
  made.tenant = slice(query.tenant);
  made.equals = equals.data();
  made.equals_count = static_cast<std::uint32_t>(equals.size());
  made.range = query.range;
  made.low = query.low.raw();
  made.high = query.high.raw();
  made.limit = query.limit;
  made.cursor = slice(query.cursor);
  return made;
}

// Runs `verb` with a call of its own and gives its answer the words that were explained.
template <class Verb>
auto explained(std::int64_t at, const Verb& verb) {
  std::string words;
  const gh_call call = call_at(at, words);
  auto answer = verb(call);
  answer.words = std::move(words);
  return answer;
}

}  // namespace

gh_call call_at(std::int64_t now_us, std::string& words) {
  gh_call call{};
  call.struct_size = sizeof(call);
  call.deadline_ns = INT64_MAX;
  call.now_us = now_us;
  call.explain_context = &words;
  call.explain = [](void* context, gh_slice sentence) { *static_cast<std::string*>(context) = copy(sentence); };
  return call;
}

Committed Verbs::open() const {
  RawSchema schema(kinds_);
  return explained(now, [&](const gh_call& call) {
    Committed answer;
    answer.status = table_.open(instance_, &call, &schema.get());
    return answer;
  });
}

Got Verbs::get(std::uint32_t kind, const Key& key, std::int64_t at) const {
  return explained(at, [&](const gh_call& call) { return get(kind, key, call); });
}

Committed Verbs::commit(const std::vector<Write>& writes, std::int64_t at) const {
  return explained(at, [&](const gh_call& call) { return commit(writes, call); });
}

Page Verbs::find(const Query& query, std::int64_t at, std::uint64_t most) const {
  return explained(at, [&](const gh_call& call) { return find(query, call, most); });
}

Page Verbs::count(const Query& query, std::int64_t at) const {
  Query counting = query;
  counting.count_only = true;
  return find(counting, at);
}

Purged Verbs::purge(std::uint32_t kind, std::int64_t before, std::uint32_t limit) const {
  return explained(now, [&](const gh_call& call) { return purge(kind, before, limit, call); });
}

Got Verbs::get(std::uint32_t kind, const Key& key, const gh_call& call) const {
  Collected collected{{}, while_delivering_};
  const gh_key raw_key = key.raw();
  const gh_record_sink sink = sink_to(collected);
  Got got;
  got.status = table_.get(instance_, &call, kind, &raw_key, &sink);
  got.delivered = static_cast<int>(collected.records.size());
  if (!collected.records.empty()) {
    got.record = std::move(collected.records.front());
    pad(*got.record, kinds_, kind);
  }
  return got;
}

GotMany Verbs::get_many(const std::vector<Get>& gets, const gh_call& call) const {
  struct LaterGet {
    gh_get get;
    std::uint64_t unknown;
  };
  struct Into {
    GotMany& got;
    const std::function<void()>& while_delivering;
  };
  std::vector<LaterGet> made;
  for (const Get& get : gets) made.push_back({{get.kind, 0, get.key.raw()}, UINT64_MAX});
  GotMany got;
  got.records.resize(gets.size());
  Into into{got, while_delivering_};
  const gh_get_sink sink{&into, [](void* context, std::uint64_t at, const gh_record* record) {
                           auto& to = *static_cast<Into*>(context);
                           if (at >= to.got.records.size() || to.got.records[at]) {
                             ++to.got.strays;
                           } else {
                             to.got.records[at] = copy(*record);
                           }
                           if (to.while_delivering) to.while_delivering();
                         }};
  const gh_get* first = made.empty() ? nullptr : &made.front().get;
  got.status = table_.get_many(instance_, &call, first, made.size(), sizeof(LaterGet), &sink);
  for (std::size_t at = 0; at < gets.size(); ++at) {
    if (got.records[at]) pad(*got.records[at], kinds_, gets[at].kind);
  }
  return got;
}

Committed Verbs::commit(const std::vector<Write>& writes, const gh_call& call) const {
  std::vector<std::vector<gh_value>> values;
  std::vector<gh_write> made;
  for (const Write& write : writes) {
    const auto& of_this = values.emplace_back(raw(write.values));
    made.push_back({write.op, write.kind, write.key.raw(), write.expected, of_this.data(),
                    static_cast<std::uint32_t>(of_this.size()), 0});
  }
  gh_commit_out out{};
  out.struct_size = sizeof(out);
  const gh_status status = table_.commit(instance_, &call, made.data(), made.size(), sizeof(gh_write), &out);
  return {status, out.failed_write, out.conflict, out.unique_index, {}};
}

Page Verbs::find(const Query& query, const gh_call& call, std::uint64_t most) const {
  Page page;
  Collected collected{{}, while_delivering_, most};
  const auto equals = raw(query.equals);
  const gh_query made = raw(query, equals);
  const gh_record_sink sink = sink_to(collected);
  gh_find_out out{};
  out.struct_size = sizeof(out);
  out.cursor = {&page, [](void* context, gh_slice cursor) {
                  auto& into = *static_cast<Page*>(context);
                  into.cursor = copy(cursor);
                  ++into.cursor_calls;
                }};
  page.status = table_.find(instance_, &call, &made, &sink, &out);
  page.count = out.count;
  page.records = std::move(collected.records);
  for (Record& record : page.records) pad(record, kinds_, query.kind);
  return page;
}

Purged Verbs::purge(std::uint32_t kind, std::int64_t before, std::uint32_t limit, const gh_call& call) const {
  Purged purged;
  purged.status = table_.purge(instance_, &call, kind, before, limit, &purged.deleted);
  return purged;
}

}  // namespace gatehouse::check::store

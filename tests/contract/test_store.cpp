// SPDX-License-Identifier: Apache-2.0
#include "contract/test_store.h"

#include <stdexcept>
#include <utility>

namespace gatehouse::contract {
namespace {

std::string copy(const gh_slice& slice) { return {reinterpret_cast<const char*>(slice.data), slice.size}; }

Record copy(const gh_record& record) {
  Record made{{copy(record.key.tenant), copy(record.key.partition), copy(record.key.id)}, record.version, {}};
  for (std::uint32_t at = 0; at < record.value_count; ++at) made.values.push_back(owned(record.values[at]));
  return made;
}

// A missing value is NULL: padded, so that records compare.
void pad(Record& record, std::uint32_t kind) {
  if (record.values.size() < kinds()[kind].fields.size()) record.values.resize(kinds()[kind].fields.size());
}

struct Collected {
  std::vector<Record> records;
  std::uint64_t most = UINT64_MAX;
};

gh_record_sink sink_to(Collected& collected) {
  return {&collected, [](void* context, const gh_record* record) -> std::int32_t {
            auto& into = *static_cast<Collected*>(context);
            into.records.push_back(copy(*record));
            return into.records.size() >= into.most ? 1 : 0;
          }};
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

}  // namespace

gh_call call_at(std::int64_t now_us) {
  gh_call call{};
  call.struct_size = sizeof(call);
  call.deadline_ns = INT64_MAX;
  call.now_us = now_us;
  return call;
}

TestStore::TestStore() : store_(make_store()) {
  RawSchema schema(kinds());
  const gh_call call = call_at(now);
  if (table().open(instance(), &call, &schema.get()) != GH_OK) throw std::runtime_error("the store did not open");
}

TestStore::Got TestStore::get(std::uint32_t kind, const Key& key, std::int64_t at) const {
  Collected collected;
  const gh_call call = call_at(at);
  const gh_key raw_key = key.raw();
  const gh_record_sink sink = sink_to(collected);
  Got got;
  got.status = table().get(instance(), &call, kind, &raw_key, &sink);
  got.delivered = static_cast<int>(collected.records.size());
  if (!collected.records.empty()) {
    got.record = std::move(collected.records.front());
    pad(*got.record, kind);
  }
  return got;
}

std::optional<Record> TestStore::read(std::uint32_t kind, const Key& key, std::int64_t at) const {
  Got got = get(kind, key, at);
  EXPECT_TRUE(got.status == GH_OK || got.status == GH_NOT_FOUND) << "status " << got.status;
  EXPECT_EQ(got.delivered, got.status == GH_OK ? 1 : 0);
  return std::move(got.record);
}

Committed TestStore::commit(const std::vector<Write>& writes, std::int64_t at) const {
  std::vector<std::vector<gh_value>> values;
  std::vector<gh_write> made;
  for (const Write& write : writes) {
    const auto& of_this = values.emplace_back(raw(write.values));
    made.push_back({write.op, write.kind, write.key.raw(), write.expected, of_this.data(),
                    static_cast<std::uint32_t>(of_this.size()), 0});
  }
  gh_commit_out out{};
  out.struct_size = sizeof(out);
  const gh_call call = call_at(at);
  const gh_status status = table().commit(instance(), &call, made.data(), made.size(), sizeof(gh_write), &out);
  return {status, out.failed_write, out.conflict, out.unique_index};
}

Page TestStore::find(const Query& query, std::int64_t at, std::uint64_t most) const {
  Page page;
  Collected collected;
  collected.most = most;
  const auto equals = raw(query.equals);
  const gh_query made = raw(query, equals);
  const gh_call call = call_at(at);
  const gh_record_sink sink = sink_to(collected);
  gh_find_out out{};
  out.struct_size = sizeof(out);
  out.cursor = {&page, [](void* context, gh_slice cursor) {
                  auto& into = *static_cast<Page*>(context);
                  into.cursor = copy(cursor);
                  ++into.cursor_calls;
                }};
  page.status = table().find(instance(), &call, &made, &sink, &out);
  page.count = out.count;
  page.records = std::move(collected.records);
  for (Record& record : page.records) pad(record, query.kind);
  return page;
}

Page TestStore::count(const Query& query, std::int64_t at) const {
  Page page;
  const auto equals = raw(query.equals);
  gh_query made = raw(query, equals);
  made.flags |= GH_QUERY_COUNT_ONLY;
  const gh_call call = call_at(at);
  Collected collected;
  const gh_record_sink sink = sink_to(collected);
  gh_find_out out{};
  out.struct_size = sizeof(out);
  page.status = table().find(instance(), &call, &made, &sink, &out);
  page.count = out.count;
  page.records = std::move(collected.records);
  return page;
}

std::vector<Record> TestStore::find_all(Query query, std::int64_t at) const {
  std::vector<Record> all;
  for (;;) {
    Page page = find(query, at);
    EXPECT_EQ(page.status, GH_OK);
    EXPECT_EQ(page.count, page.records.size());
    if (page.status != GH_OK) return all;
    all.insert(all.end(), page.records.begin(), page.records.end());
    if (page.cursor_calls == 0) return all;
    query.cursor = page.cursor;
  }
}

TestStore::Purged TestStore::purge(std::uint32_t kind, std::int64_t before, std::uint32_t limit) const {
  Purged purged;
  const gh_call call = call_at(now);
  purged.status = table().purge(instance(), &call, kind, before, limit, &purged.deleted);
  return purged;
}

std::string named(const char* name, std::int64_t number) { return std::string(name).append(std::to_string(number)); }

std::vector<std::string> ids(const std::vector<Record>& records) {
  std::vector<std::string> all;
  for (const Record& record : records) all.push_back(record.key.id);
  return all;
}

}  // namespace gatehouse::contract

// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <gatehouse/plugin.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// A store plugin that is store-memory with the defect its setting `mutant` names. STORE_ID and STORE_FLAGS come from
// the build: a plugin's id and its flags are constants.
extern "C" const gh_plugin gatehouse_plugin_store_memory;

struct gh_instance {
  gh_instance* inner = nullptr;
  std::unique_ptr<gatehouse::mutants::Mutant> mutant;
};

namespace gatehouse::mutants {
namespace {

const gh_plugin& sound() { return gatehouse_plugin_store_memory; }

template <class Table>
const Table& sound_table(std::string_view id) {
  for (std::uint32_t at = 0;; ++at) {
    if (sound().interfaces[at].id == id) return *static_cast<const Table*>(sound().interfaces[at].table);
  }
}
const gh_store_v1& sound_store() { return sound_table<gh_store_v1>(GH_STORE_V1); }

std::string text(const gh_slice& slice) { return {reinterpret_cast<const char*>(slice.data), slice.size}; }
gh_slice slice(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
Key owned(const gh_key& key) { return {text(key.tenant), text(key.partition), text(key.id)}; }

template <class T>
const T& element(const T* first, std::size_t stride, std::size_t at) {
  return *reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(first) + stride * at);
}

std::vector<Value> owned(const gh_value* values, std::uint32_t count) {
  std::vector<Value> made;
  for (std::uint32_t at = 0; at < count; ++at) made.push_back(check::store::owned(values[at]));
  return made;
}

Kinds owned(const gh_schema& schema, bool ignores_strides) {
  Kinds kinds;
  for (std::uint32_t k = 0; k < schema.kind_count; ++k) {
    const gh_kind& kind = element(schema.kinds, ignores_strides ? sizeof(gh_kind) : schema.kind_stride, k);
    auto& made = kinds.emplace_back();
    made.name = kind.name;
    for (std::uint32_t f = 0; f < kind.field_count; ++f) {
      const gh_field& field = element(kind.fields, kind.field_stride, f);
      made.fields.push_back({field.name, field.type, (field.flags & GH_FIELD_NULLABLE) != 0});
    }
    for (std::uint32_t i = 0; i < kind.index_count; ++i) {
      const gh_index& index = element(kind.indexes, kind.index_stride, i);
      made.indexes.push_back(
          {index.name, {index.fields, index.fields + index.field_count}, (index.flags & GH_INDEX_UNIQUE) != 0});
    }
    if (kind.expiry_field >= 0) made.expiry = static_cast<std::uint32_t>(kind.expiry_field);
    made.append_only = (kind.flags & GH_KIND_APPEND_ONLY) != 0;
    made.assigned = false;
  }
  return kinds;
}

// An assignment that cannot be is handed to the sound store as it is.
gh_status open(gh_instance* self, const gh_call* call, const gh_schema* schema) {
  Kinds kinds = owned(*schema, self->mutant->ignores_strides());
  for (std::uint64_t at = 0; at < schema->assigned_count; ++at) {
    const std::uint32_t kind = schema->assigned[at];
    if (kind >= kinds.size() || std::exchange(kinds[kind].assigned, true)) {
      return sound_store().open(self->inner, call, schema);
    }
  }
  return self->mutant->open(*call, kinds);
}

// False: the sink wants no more.
bool deliver(const Record& record, const gh_record_sink* sink) {
  std::vector<gh_value> values;
  for (const Value& value : record.values) values.push_back(value.raw());
  const gh_record raw{sizeof(gh_record), static_cast<std::uint32_t>(values.size()), record.version, record.key.raw(),
                      values.data()};
  return sink->put(sink->context, &raw) == 0;
}

gh_status get(gh_instance* self, const gh_call* call, std::uint32_t kind, const gh_key* key,
              const gh_record_sink* sink) {
  const auto held = self->mutant->while_delivering();
  const Got got = self->mutant->get(*call, kind, owned(*key));
  if (got.record) deliver(*got.record, sink);
  return got.status;
}

gh_status get_many(gh_instance* self, const gh_call* call, const gh_get* first, std::uint64_t count,
                   std::uint64_t stride, const gh_get_sink* sink) {
  std::vector<Get> gets;
  for (std::uint64_t at = 0; at < count; ++at) {
    const gh_get& get = element(first, self->mutant->ignores_strides() ? sizeof(gh_get) : stride, at);
    gets.push_back({get.kind, owned(get.key)});
  }
  struct One {
    const gh_get_sink& sink;
    std::uint64_t get;
  };
  const auto held = self->mutant->while_delivering();
  const GotMany got = self->mutant->get_many(*call, gets);
  for (std::uint64_t at = 0; at < got.records.size(); ++at) {
    One one{*sink, at};
    const gh_record_sink to_one{&one, [](void* context, const gh_record* record) -> std::int32_t {
                                  const auto& to = *static_cast<const One*>(context);
                                  to.sink.put(to.sink.context, to.get, record);
                                  return 0;
                                }};
    if (got.records[at]) deliver(*got.records[at], &to_one);
  }
  return got.status;
}

gh_status find(gh_instance* self, const gh_call* call, const gh_query* raw, const gh_record_sink* sink,
               gh_find_out* out) {
  Query query{.kind = raw->kind,
              .index = raw->index,
              .tenant = text(raw->tenant),
              .equals = owned(raw->equals, raw->equals_count),
              .range = raw->range,
              .low = check::store::owned(raw->low),
              .high = check::store::owned(raw->high),
              .descending = (raw->flags & GH_QUERY_DESCENDING) != 0,
              .count_only = (raw->flags & GH_QUERY_COUNT_ONLY) != 0,
              .limit = raw->limit,
              .cursor = text(raw->cursor)};
  const auto held = self->mutant->while_delivering();
  Page page = self->mutant->find(*call, query);
  if (page.status != GH_OK) return page.status;
  std::size_t delivered = 0;
  for (const Record& record : page.records) {
    ++delivered;
    if (deliver(record, sink) || delivered == page.records.size()) continue;
    // The cursor of a page that ends here.
    query.limit = static_cast<std::uint32_t>(delivered);
    page = self->mutant->find(*call, query);
    break;
  }
  out->count = query.count_only ? page.count : delivered;
  if (page.cursor_calls > 0 && out->cursor.put != nullptr) out->cursor.put(out->cursor.context, slice(page.cursor));
  return page.status;
}

gh_status commit(gh_instance* self, const gh_call* call, const gh_write* first, std::uint64_t count,
                 std::uint64_t stride, gh_commit_out* out) {
  std::vector<Write> writes;
  for (std::uint64_t at = 0; at < count; ++at) {
    const gh_write& write = element(first, self->mutant->ignores_strides() ? sizeof(gh_write) : stride, at);
    writes.push_back(
        {write.op, write.kind, owned(write.key), write.expected_version, owned(write.values, write.value_count)});
  }
  const Committed done = self->mutant->commit(*call, writes);
  out->failed_write = done.failed_write;
  out->conflict = done.conflict;
  out->unique_index = done.unique_index;
  return done.status;
}

gh_status purge(gh_instance* self, const gh_call* call, std::uint32_t kind, std::int64_t before, std::uint32_t limit,
                std::uint64_t* deleted) {
  const Purged purged = self->mutant->purge(*call, kind, before, limit);
  *deleted = purged.deleted;
  return purged.status;
}

gh_status ping(gh_instance* self, const gh_call* call) { return self->mutant->ping(*call); }

constexpr gh_store_v1 table = {sizeof(gh_store_v1), STORE_FLAGS, open, get, find, commit, purge, ping, get_many};

gh_status watch(gh_instance* self, const gh_call* call, const std::uint32_t* kinds, std::uint64_t count,
                std::uint64_t* watch) {
  return self->mutant->watch(*call, {kinds, kinds + count}, *watch);
}

gh_status wait(gh_instance* self, const gh_call* call, std::uint64_t watch, const gh_change_sink* sink) {
  const auto told = self->mutant->wait(*call, watch);
  for (const auto& change : told.changes) {
    const gh_change raw{sizeof(gh_change), change.what, change.kind, 0, change.version, change.key.raw()};
    sink->put(sink->context, &raw);
  }
  return told.status;
}

gh_status unwatch(gh_instance* self, const gh_call* call, std::uint64_t watch) {
  return self->mutant->unwatch(*call, watch);
}

constexpr gh_store_watch_v1 watch_table = {sizeof(gh_store_watch_v1), 0, watch, wait, unwatch};

gh_status refuse(const gh_call* call, const std::string& sentence) {
  call->explain(call->explain_context, slice(sentence));
  return GH_INVALID;
}

gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  *out = nullptr;
  const std::string name = args->config_count == 1 ? text(args->config[0].value.s) : "";
  gh_create_args inner = *args;
  inner.config_count = 0;
  auto made = std::make_unique<gh_instance>();
  if (const gh_status status = sound().create(&inner, call, &made->inner); status != GH_OK) return status;
  if (made->inner != nullptr) {
    made->mutant = make_mutant(name, {sound_store(), sound_table<gh_store_watch_v1>(GH_STORE_WATCH_V1), made->inner,
                                      *args->host, text(args->state_dir)});
    if (made->mutant == nullptr) {
      sound().destroy(made->inner);
      return refuse(call, "mutant: there is none called \"" + name + '"');
    }
    *out = made.release();
  }
  return GH_OK;
}

gh_status start(gh_instance* self, const gh_call* call) { return sound().start(self->inner, call); }
gh_status drain(gh_instance* self, const gh_call* call) { return sound().drain(self->inner, call); }

void destroy(gh_instance* self) {
  self->mutant.reset();
  sound().destroy(self->inner);
  delete self;
}

constexpr gh_setting settings[] = {
    {"mutant", nullptr, nullptr, "Which defect the store has.", GH_SETTING_TEXT, GH_SETTING_REQUIRED}};
constexpr gh_interface interfaces[] = {{GH_STORE_V1, &table}, {GH_STORE_WATCH_V1, &watch_table}};
// What instances share they do not tell each other.
constexpr std::uint32_t interface_count = ((STORE_FLAGS)&GH_STORE_SHARED) == 0 ? 2 : 1;

}  // namespace
}  // namespace gatehouse::mutants

extern "C" {
extern GH_EXPORT const gh_plugin gatehouse_plugin_v1;
constexpr gh_plugin gatehouse_plugin_v1 = {GH_MAGIC,
                                           sizeof(gh_plugin),
                                           GH_ABI_MAJOR,
                                           GH_ABI_MINOR,
                                           0,
                                           STORE_ID,
                                           "1.0.0",
                                           "Apache-2.0",
                                           "store-memory with one defect, to see the contract's cases catch it.",
                                           gatehouse::mutants::settings,
                                           1,
                                           sizeof(gh_setting),
                                           gatehouse::mutants::interfaces,
                                           gatehouse::mutants::interface_count,
                                           sizeof(gh_interface),
                                           0,
                                           0,
                                           gatehouse::mutants::create,
                                           gatehouse::mutants::start,
                                           gatehouse::mutants::drain,
                                           gatehouse::mutants::destroy};
}

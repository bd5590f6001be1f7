// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/store.h>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

// "gatehouse.store/1" in C++. The contract of every verb is in <gatehouse/store.h>; the views here only save pointer
// arithmetic. They cost nothing and own nothing.
namespace gatehouse::sdk {

using Values = Strided<gh_value>;

class KeyView {
 public:
  explicit KeyView(const gh_key& key) noexcept : key_(&key) {}
  std::string_view tenant() const noexcept { return view(key_->tenant); }
  std::string_view partition() const noexcept { return view(key_->partition); }
  std::string_view id() const noexcept { return view(key_->id); }
  const gh_key& raw() const noexcept { return *key_; }

 private:
  const gh_key* key_;
};

class WriteView {
 public:
  explicit WriteView(const gh_write& write) noexcept : write_(&write) {}
  bool is_put() const noexcept { return write_->op == GH_WRITE_PUT; }
  bool is_delete() const noexcept { return write_->op == GH_WRITE_DELETE; }
  std::uint32_t kind() const noexcept { return write_->kind; }
  KeyView key() const noexcept { return KeyView(write_->key); }
  std::int64_t expected_version() const noexcept { return write_->expected_version; }
  Values values() const noexcept { return {write_->values, write_->value_count, sizeof(gh_value)}; }

 private:
  const gh_write* write_;
};

class Writes {
 public:
  Writes(const gh_write* first, std::uint64_t count, std::uint64_t stride) noexcept : writes_(first, count, stride) {}
  std::size_t size() const noexcept { return writes_.size(); }
  WriteView operator[](std::size_t at) const noexcept { return WriteView(writes_[at]); }

 private:
  Strided<gh_write> writes_;
};

class GetView {
 public:
  explicit GetView(const gh_get& get) noexcept : get_(&get) {}
  std::uint32_t kind() const noexcept { return get_->kind; }
  KeyView key() const noexcept { return KeyView(get_->key); }

 private:
  const gh_get* get_;
};

// 1 to GH_MOST_GETS of them.
class Gets {
 public:
  Gets(const gh_get* first, std::uint64_t count, std::uint64_t stride) noexcept : gets_(first, count, stride) {}
  std::size_t size() const noexcept { return gets_.size(); }
  GetView operator[](std::size_t at) const noexcept { return GetView(gets_[at]); }

 private:
  Strided<gh_get> gets_;
};

class QueryView {
 public:
  explicit QueryView(const gh_query& query) noexcept : query_(query) {}
  std::uint32_t kind() const noexcept { return query_.kind; }
  bool by_key() const noexcept { return query_.index == GH_INDEX_KEY; }
  std::uint32_t index() const noexcept { return query_.index; }
  std::string_view tenant() const noexcept { return view(query_.tenant); }
  Values equals() const noexcept { return {query_.equals, query_.equals_count, sizeof(gh_value)}; }
  std::uint32_t range() const noexcept { return query_.range; }  // GH_RANGE_*
  const gh_value& low() const noexcept { return query_.low; }
  const gh_value& high() const noexcept { return query_.high; }
  bool descending() const noexcept { return (query_.flags & GH_QUERY_DESCENDING) != 0; }
  bool count_only() const noexcept { return (query_.flags & GH_QUERY_COUNT_ONLY) != 0; }
  std::uint32_t limit() const noexcept { return query_.limit; }
  std::string_view cursor() const noexcept { return view(query_.cursor); }

 private:
  const gh_query& query_;
};

class RecordSink {
 public:
  explicit RecordSink(const gh_record_sink& sink) noexcept : sink_(sink) {}

  // False: the host wants no more.
  bool put(const gh_record& record) const noexcept { return sink_.put(sink_.context, &record) == 0; }
  bool put(const gh_key& key, std::int64_t version, const gh_value* values, std::size_t count) const noexcept {
    return put(gh_record{sizeof(gh_record), static_cast<std::uint32_t>(count), version, key, values});
  }

 private:
  const gh_record_sink& sink_;
};

// Takes the records of a get_many, each with the ordinal of its get.
class GetSink {
 public:
  explicit GetSink(const gh_get_sink& sink) noexcept : sink_(sink) {}

  void put(std::size_t get, const gh_record& record) const noexcept { sink_.put(sink_.context, get, &record); }
  void put(std::size_t get, const gh_key& key, std::int64_t version, const gh_value* values,
           std::size_t count) const noexcept {
    put(get, gh_record{sizeof(gh_record), static_cast<std::uint32_t>(count), version, key, values});
  }

 private:
  const gh_get_sink& sink_;
};

class FindOut {
 public:
  explicit FindOut(gh_find_out& out) noexcept : out_(out) {}
  void count(std::uint64_t delivered) const noexcept { out_.count = delivered; }
  // More records may follow: where to go on. At most once.
  void cursor(std::string_view position) const noexcept { BytesSink(out_.cursor).put(position); }

 private:
  gh_find_out& out_;
};

// Says why a commit lost, and makes the status for it: `return out.version_conflict(2);`
class CommitOut {
 public:
  explicit CommitOut(gh_commit_out& out) noexcept : out_(out) {}
  Status version_conflict(std::size_t write) const noexcept { return conflict(write, GH_CONFLICT_VERSION, 0); }
  Status unique_conflict(std::size_t write, std::uint32_t index) const noexcept {
    return conflict(write, GH_CONFLICT_UNIQUE, index);
  }

 private:
  Status conflict(std::size_t write, std::uint32_t why, std::uint32_t index) const noexcept {
    out_.failed_write = static_cast<std::uint32_t>(write);
    out_.conflict = why;
    out_.unique_index = index;
    return GH_CONFLICT;
  }
  gh_commit_out& out_;
};

class KindView {
 public:
  explicit KindView(const gh_kind& kind) noexcept : kind_(&kind) {}
  std::string_view name() const noexcept { return kind_->name; }
  Strided<gh_field> fields() const noexcept { return {kind_->fields, kind_->field_count, kind_->field_stride}; }
  Strided<gh_index> indexes() const noexcept { return {kind_->indexes, kind_->index_count, kind_->index_stride}; }
  bool has_expiry() const noexcept { return kind_->expiry_field >= 0; }
  std::uint32_t expiry_field() const noexcept { return static_cast<std::uint32_t>(kind_->expiry_field); }
  bool append_only() const noexcept { return (kind_->flags & GH_KIND_APPEND_ONLY) != 0; }

 private:
  const gh_kind* kind_;
};

// Valid during open() only: copy what is needed.
class SchemaView {
 public:
  explicit SchemaView(const gh_schema& schema) noexcept : schema_(schema) {}
  std::uint32_t version() const noexcept { return schema_.version; }
  std::size_t kind_count() const noexcept { return schema_.kind_count; }
  KindView kind(std::size_t ordinal) const noexcept {
    return KindView(Strided<gh_kind>(schema_.kinds, schema_.kind_count, schema_.kind_stride)[ordinal]);
  }
  // Ordinals of the kinds this store is to hold.
  Strided<std::uint32_t> assigned() const noexcept {
    return {schema_.assigned, schema_.assigned_count, sizeof(std::uint32_t)};
  }

 private:
  const gh_schema& schema_;
};

// Derive the plugin's class from Plugin and from this. The class also says what it promises:
//   static constexpr std::uint32_t store_flags = GH_STORE_DURABLE | GH_STORE_SHARED;
// All but open may be called from any thread at once.
class Store {
 public:
  virtual Status open(const Call& call, const SchemaView& schema) = 0;
  virtual Status get(const Call& call, std::uint32_t kind, const KeyView& key, const RecordSink& sink) = 0;
  virtual Status find(const Call& call, const QueryView& query, const RecordSink& sink, const FindOut& out) = 0;
  virtual Status commit(const Call& call, const Writes& writes, const CommitOut& out) = 0;
  virtual Status purge(const Call& call, std::uint32_t kind, std::int64_t before_us, std::uint32_t limit,
                       std::uint64_t& deleted) = 0;
  virtual Status ping(const Call& call) = 0;

  // One get after the other. Worth writing anew where several can share a journey to the backend.
  virtual Status get_many(const Call& call, const Gets& gets, const GetSink& sink) {
    struct Passing {
      const GetSink& sink;
      std::size_t get;
    };
    for (std::size_t at = 0; at < gets.size(); ++at) {
      Passing passing{sink, at};
      const gh_record_sink one{&passing, [](void* context, const gh_record* record) -> std::int32_t {
                                 const auto& to = *static_cast<const Passing*>(context);
                                 to.sink.put(to.get, *record);
                                 return 0;
                               }};
      Status status = get(call, gets[at].kind(), gets[at].key(), RecordSink(one));
      if (!status.ok() && status.code() != GH_NOT_FOUND) return status;
    }
    return {};
  }

 protected:
  ~Store() = default;
};

namespace detail {

template <class T>
struct StoreTable {
  static Store& self(gh_instance* instance) noexcept { return *reinterpret_cast<T*>(instance); }

  static gh_status open(gh_instance* instance, const gh_call* call, const gh_schema* schema) noexcept {
    if (schema->struct_size < sizeof(gh_schema) || schema->kind_stride < sizeof(gh_kind)) return GH_INVALID;
    return guarded(call, [&](const Call& c) { return self(instance).open(c, SchemaView(*schema)); });
  }
  static gh_status get(gh_instance* instance, const gh_call* call, std::uint32_t kind, const gh_key* key,
                       const gh_record_sink* sink) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).get(c, kind, KeyView(*key), RecordSink(*sink)); });
  }
  static gh_status find(gh_instance* instance, const gh_call* call, const gh_query* query, const gh_record_sink* sink,
                        gh_find_out* out) noexcept {
    if (query->struct_size < sizeof(gh_query) || out->struct_size < sizeof(gh_find_out)) return GH_INVALID;
    return guarded(call, [&](const Call& c) {
      return self(instance).find(c, QueryView(*query), RecordSink(*sink), FindOut(*out));
    });
  }
  static gh_status commit(gh_instance* instance, const gh_call* call, const gh_write* writes, std::uint64_t count,
                          std::uint64_t stride, gh_commit_out* out) noexcept {
    if (stride < sizeof(gh_write) || out->struct_size < sizeof(gh_commit_out)) return GH_INVALID;
    return guarded(
        call, [&](const Call& c) { return self(instance).commit(c, Writes(writes, count, stride), CommitOut(*out)); });
  }
  static gh_status purge(gh_instance* instance, const gh_call* call, std::uint32_t kind, std::int64_t before_us,
                         std::uint32_t limit, std::uint64_t* deleted) noexcept {
    return guarded(call, [&](const Call& c) {
      std::uint64_t count = 0;
      Status status = self(instance).purge(c, kind, before_us, limit, count);
      *deleted = count;
      return status;
    });
  }
  static gh_status ping(gh_instance* instance, const gh_call* call) noexcept {
    return guarded(call, [&](const Call& c) { return self(instance).ping(c); });
  }

  static gh_status get_many(gh_instance* instance, const gh_call* call, const gh_get* gets, std::uint64_t count,
                            std::uint64_t stride, const gh_get_sink* sink) noexcept {
    if (stride < sizeof(gh_get)) return GH_INVALID;
    return guarded(call, [&](const Call& c) -> Status {
      if (count < 1 || count > GH_MOST_GETS) return {GH_INVALID, "the gets are not 1 to 16"};
      return self(instance).get_many(c, Gets(gets, count, stride), GetSink(*sink));
    });
  }

  static constexpr gh_store_v1 table = {
      sizeof(gh_store_v1), T::store_flags, open, get, find, commit, purge, ping, get_many};
};

}  // namespace detail
}  // namespace gatehouse::sdk

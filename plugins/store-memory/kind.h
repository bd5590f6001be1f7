// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record.h"

#include <gatehouse/sdk/store.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_memory {

constexpr std::size_t max_fields = 256;       // of a kind
constexpr std::size_t max_indexes = 31;       // of a kind, without the one on its key
constexpr std::size_t max_index_fields = 4;   // the ABI's
constexpr std::size_t max_index_bytes = 512;  // text and bytes of one index in one record: a cursor must hold them
constexpr std::size_t max_value_bytes = 16u << 20;

inline bool is_text(std::uint32_t type) noexcept { return type == GH_TEXT || type == GH_BYTES; }

// An index of a kind. Behind its own fields every index goes on with partition and id, so that its order is total; the
// index on the key is the one with no fields of its own.
struct Index {
  std::array<std::uint32_t, max_index_fields> fields{};
  std::uint32_t field_count = 0;
  bool unique = false;

  std::uint32_t component_count() const noexcept { return field_count + 2; }
};

// A kind of the schema, and how its records lie in memory:
//
//   numbers   8 bytes for each bool, int and time that an index or the expiry needs, in place so that a comparison
//             reads it without decoding anything
//   present   one bit a field: it is not NULL
//   key       tenant, partition, id
//   texts     the indexed text and bytes fields
//   rest      all other fields in schema order
//
// Texts are a varint and their bytes; a text equal to the partition or the id (a session's user) is the varint alone.
// Numbers of the rest are varints, times as the difference to the time before. NULL takes no byte.
//
// Immutable after construction, but for `moves`. Any thread.
class Kind {
 public:
  // Throws sdk::StatusError with a sentence when the kind cannot be held. `table`: its place in every shard.
  Kind(const sdk::KindView& declared, std::size_t table);

  const std::string& name() const noexcept { return name_; }
  std::size_t table() const noexcept { return table_; }
  bool append_only() const noexcept { return append_only_; }
  bool has_expiry() const noexcept { return expiry_field_.has_value(); }
  bool has_unique() const noexcept { return has_unique_; }
  std::size_t field_count() const noexcept { return fields_.size(); }
  // The declared indexes in order, then the one on the key.
  const std::vector<Index>& indexes() const noexcept { return indexes_; }
  std::size_t key_index() const noexcept { return indexes_.size() - 1; }
  // GH_BOOL .. GH_BYTES: what stands at `component` of an index.
  std::uint32_t component_type(const Index& index, std::uint32_t component) const noexcept {
    return component < index.field_count ? fields_[index.fields[component]].type : GH_TEXT;
  }

  // How much room encode() may need. Throws sdk::StatusError(GH_INVALID) when the values do not fit the kind.
  std::size_t room_for(const Key& key, const sdk::Values& values) const;
  // Build the record, version 0, in `record`, which has that much room behind it. The values have been checked.
  void encode(const Key& key, const sdk::Values& values, Record& record) const noexcept;
  // All fields; `out` has room for field_count() of them. What they point at lives as long as the record.
  void decode(const Record& record, gh_value* out) const noexcept;

  std::string_view tenant(const Record& record) const noexcept {
    return {reinterpret_cast<const char*>(record.bytes() + key_at_), record.tenant_size};
  }
  std::string_view partition(const Record& record) const noexcept {
    return {tenant(record).data() + record.tenant_size, record.partition_size};
  }
  std::string_view id(const Record& record) const noexcept {
    return {partition(record).data() + record.partition_size, record.id_size};
  }
  Key key(const Record& record) const noexcept { return {tenant(record), partition(record), id(record)}; }

  Field component(const Record& record, const Index& index, std::uint32_t component) const noexcept;
  std::optional<std::int64_t> expiry(const Record& record) const noexcept;
  bool expired(const Record& record, std::int64_t now_us) const noexcept {
    const auto when = expiry(record);
    return when && *when <= now_us;
  }

  // What a record costs in all, with its share of the table, the indexes and the heap, to within a tenth.
  std::size_t footprint(const Record& record) const noexcept;

  // Grows with every commit that carries an index entry from one shard to another: who counts shard by shard and
  // sees it unchanged has counted nobody twice and missed nobody.
  mutable std::atomic<std::uint64_t> moves{0};

 private:
  struct FieldInfo {
    std::string name;
    std::uint32_t type = GH_NULL;
    bool nullable = false;
    bool in_place = false;  // among the numbers or the texts, at `slot`; otherwise in the rest
    std::uint32_t slot = 0;
  };

  void add_fields(const sdk::KindView& declared);
  void add_indexes(const sdk::KindView& declared);
  void lay_out();
  void put_in_place(std::uint32_t field);

  void check_value(std::uint32_t field, const gh_value& value) const;
  void check_index_sizes(const sdk::Values& values) const;

  bool present(const Record& record, std::uint32_t field) const noexcept {
    return (record.bytes()[present_at_ + field / 8] >> (field % 8) & 1) != 0;
  }
  std::int64_t number(const Record& record, std::uint32_t slot) const noexcept;
  std::string_view indexed_text(const Record& record, std::uint32_t slot) const noexcept;
  const std::uint8_t* read_text(const Record& record, const std::uint8_t* at, std::string_view& text) const noexcept;
  std::int64_t first_time(const Record& record) const noexcept;

  std::string name_;
  std::size_t table_;
  bool append_only_;
  bool has_unique_ = false;
  std::vector<FieldInfo> fields_;
  std::vector<Index> indexes_;
  std::optional<std::uint32_t> expiry_field_;

  std::vector<std::uint32_t> numbers_;  // the fields stored there, by slot
  std::vector<std::uint32_t> texts_;
  std::vector<std::uint32_t> rest_;
  std::optional<std::uint32_t> time_base_;  // the first time among the numbers: times of the rest are near it
  std::size_t present_at_ = 0;
  std::size_t key_at_ = 0;
};

}  // namespace gatehouse::store_memory

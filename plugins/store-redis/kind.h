// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/store.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_redis {

// Throws sdk::StatusError(GH_INVALID).
[[noreturn]] void invalid(const std::string& sentence);

struct Field {
  std::string name;
  std::uint32_t type = GH_NULL;
  bool nullable = false;
};

struct Index {
  std::string name;
  std::vector<std::uint32_t> fields;
};

// One kind of the schema, copied, and what its records may be.
class Kind {
 public:
  // Throws sdk::StatusError: GH_INVALID where the kind cannot be, GH_UNSUPPORTED where this store does not hold such
  // kinds, in words that say what to do instead.
  explicit Kind(const sdk::KindView& kind);

  const std::string& name() const noexcept { return name_; }
  const std::vector<Field>& fields() const noexcept { return fields_; }
  const std::vector<Index>& indexes() const noexcept { return indexes_; }
  std::optional<std::uint32_t> expiry_field() const noexcept { return expiry_; }
  // The first index that begins with a text: where that text is the partition, a record's entry in it also serves for
  // finding it by its key. Nothing: records have an entry in the key index instead.
  std::optional<std::size_t> carrier() const noexcept { return carrier_; }
  bool leads_with_text(const Index& index) const noexcept { return fields_[index.fields.front()].type == GH_TEXT; }

  // Throws GH_INVALID unless the values can be a record.
  void check(const sdk::Values& values) const;
  // NULL where the values end before the field.
  static gh_value value_of(const sdk::Values& values, std::uint32_t field) noexcept;
  // When a record with these values expires; nothing: never.
  std::optional<std::int64_t> expiry(const sdk::Values& values) const noexcept;
  // Ends a session: what WAIT may be asked for. A revoked session bears the time of it.
  bool is_revoked(const sdk::Values& values) const noexcept;

 private:
  void read_index(const gh_index& index);
  void check_value(const Field& field, const gh_value& value) const;

  std::string name_;
  std::vector<Field> fields_;
  std::vector<Index> indexes_;
  std::optional<std::uint32_t> expiry_;
  std::optional<std::uint32_t> revoked_at_;
  std::optional<std::size_t> carrier_;
};

constexpr bool is_text(std::uint32_t type) noexcept { return type == GH_TEXT || type == GH_BYTES; }

}  // namespace gatehouse::store_redis

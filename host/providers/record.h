// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct gh_record;

namespace gatehouse::providers {

enum class ValueType : std::uint32_t { Null = 0, Bool = 1, Int = 2, Time = 3, Text = 4, Bytes = 5 };

// A borrowed value on its way into a store. The bytes behind text() and bytes() outlive the call it is used in.
struct Value {
  ValueType type = ValueType::Null;
  std::int64_t i = 0;
  std::string_view s;

  static Value null() { return {}; }
  static Value boolean(bool v) { return {ValueType::Bool, v ? 1 : 0, {}}; }
  static Value integer(std::int64_t v) { return {ValueType::Int, v, {}}; }
  static Value time(Time v) { return {ValueType::Time, v.time_since_epoch().count(), {}}; }
  static Value time(std::optional<Time> v) { return v ? time(*v) : null(); }
  static Value text(std::string_view v) { return {ValueType::Text, 0, v}; }
  static Value text_or_null(std::string_view v) { return v.empty() ? null() : text(v); }
  static Value bytes(std::string_view v) { return {ValueType::Bytes, 0, v}; }
};

struct KeyView {
  std::string_view tenant;
  std::string_view partition;
  std::string_view id;
};

// Reads one record while a store delivers it; everything it hands out is borrowed until the visitor returns. A value
// that is missing or NULL reads as empty, zero or false; a value of another type than asked for is a store that lies:
// it reads the same way and turns well_formed() false, and the caller must then refuse the record.
class RecordReader {
 public:
  explicit RecordReader(const gh_record& record) : record_(record) {}

  KeyView key() const noexcept;
  std::int64_t version() const noexcept;
  bool is_null(std::uint32_t field) const noexcept;
  std::string_view text(std::uint32_t field) noexcept;
  std::string_view bytes(std::uint32_t field) noexcept;
  std::int64_t integer(std::uint32_t field) noexcept;
  bool boolean(std::uint32_t field) noexcept;
  Time time(std::uint32_t field) noexcept;
  std::optional<Time> optional_time(std::uint32_t field) noexcept;
  bool well_formed() const noexcept { return well_formed_; }

 private:
  const void* value(std::uint32_t field, ValueType type) noexcept;
  const gh_record& record_;
  bool well_formed_ = true;
};

// A kind of record, as a feature declares it. Field and index numbers are their positions.
struct FieldDef {
  std::string name;
  ValueType type;
  bool nullable = false;
  bool sensitive = false;
};
struct IndexDef {
  std::string name;
  std::vector<std::uint32_t> fields;
  bool unique = false;
};
struct KindDef {
  std::string name;
  std::vector<FieldDef> fields;
  std::vector<IndexDef> indexes;
  std::optional<std::uint32_t> expiry_field;
  bool append_only = false;
};

}  // namespace gatehouse::providers

// SPDX-License-Identifier: Apache-2.0
#include "values.h"

#include "text_forms.h"
#include "time_text.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <array>
#include <charconv>

namespace gatehouse::store_postgres {
namespace {

constexpr std::uint64_t longest_part = 64;
constexpr std::uint64_t longest_id = 128;
constexpr std::uint64_t longest_entry = 512;

void check_part(const gh_slice& part, std::uint64_t longest, const char* name) {
  if (part.size < 1 || part.size > longest || part.data == nullptr) {
    invalid(std::string("a key's ") + name + " is not 1 to " + std::to_string(longest) + " bytes long");
  }
}

bool has_bytes(std::uint32_t type) noexcept { return type == GH_TEXT || type == GH_BYTES; }

}  // namespace

void invalid(const std::string& sentence) { throw sdk::StatusError(GH_INVALID, sentence); }

void check_tenant(std::string_view tenant) {
  if (tenant.empty() || tenant.size() > longest_part) invalid("a tenant is not 1 to 64 bytes long");
}

Key checked_key(const sdk::KeyView& key) {
  check_part(key.raw().tenant, longest_part, "tenant");
  check_part(key.raw().partition, longest_part, "partition");
  check_part(key.raw().id, longest_id, "id");
  return {std::string(key.tenant()), std::string(key.partition()), std::string(key.id())};
}

void check_value(const Kind& kind, const Column& column, const gh_value& value) {
  const auto refuse = [&](const char* why) { invalid("kind " + kind.name() + ", field " + column.field + ": " + why); };
  if (value.type == GH_NULL) {
    if (!column.nullable) refuse("NULL in a field that needs a value");
    return;
  }
  if (value.type != column.type) refuse("a value of another type");
  if (value.type == GH_BOOL && value.i != 0 && value.i != 1) refuse("a truth value that is neither 0 nor 1");
  if (value.type == GH_TIME && !is_timestamp(value.i)) refuse("a time before 4714 BC, which PostgreSQL does not know");
  if (has_bytes(value.type) && value.s.size > 0 && value.s.data == nullptr) refuse("a size without bytes");
  if (value.type == GH_TEXT && !is_text(sdk::view(value.s))) refuse("a text that is not UTF-8, or that holds a NUL");
}

void check_values(const Kind& kind, const sdk::Values& values) {
  const auto& columns = kind.columns();
  if (values.size() > columns.size()) invalid("kind " + kind.name() + ": more values than fields");
  for (std::size_t at = 0; at < columns.size(); ++at) {
    check_value(kind, columns[at], at < values.size() ? values[at] : sdk::null_value());
  }
  for (const Index& index : kind.indexes()) {
    std::uint64_t size = 0;
    for (const std::uint32_t field : index.fields) {
      if (field < values.size() && has_bytes(values[field].type)) size += values[field].s.size;
    }
    if (size > longest_entry) invalid("kind " + kind.name() + ", index " + index.name + ": more than 512 bytes");
  }
}

void add_key(Parameters& parameters, const Key& key) {
  for (const std::string* part : {&key.tenant, &key.partition, &key.id}) {
    parameters.add_with([&](std::string& out) { append_key(out, *part); });
  }
}

void add_time(Parameters& parameters, std::int64_t us) {
  parameters.add_with([&](std::string& out) { append_time(out, us); });
}

void append_value(std::string& out, const gh_value& value) {
  switch (value.type) {
    case GH_BOOL: return out.push_back(value.i != 0 ? 't' : 'f');
    case GH_TIME: return append_time(out, value.i);
    case GH_TEXT: out += sdk::view(value.s); return;
    case GH_BYTES: return append_bytes(out, sdk::view(value.s));
    default: {
      std::array<char, 20> digits;
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value.i).ptr;
      out.append(digits.data(), end);
    }
  }
}

void add_value(Parameters& parameters, const gh_value& value) {
  if (value.type == GH_NULL) return parameters.add_null();
  parameters.add_with([&](std::string& out) { append_value(out, value); });
}

void RecordReader::read(const Rows& rows, std::size_t row, std::size_t first) {
  version_ = rows.integer(row, first);
  rows.read(row, first + 1, cells_);
  for (std::size_t at = 0; at < values_.size(); ++at) {
    values_[at] = cells_[at].data() == nullptr ? sdk::null_value() : value(kind_.columns()[at], cells_[at], texts_[at]);
  }
}

gh_value RecordReader::value(const Column& column, std::string_view text, std::string& memory) const {
  const auto foreign = [&] {
    return sdk::StatusError(GH_INTERNAL, "kind " + kind_.name() + ": column " + column.column +
                                             " holds a value this plugin does not write");
  };
  switch (column.type) {
    case GH_BOOL: return sdk::bool_value(text == "t");
    case GH_INT: {
      std::int64_t number = 0;
      if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) throw foreign();
      return sdk::int_value(number);
    }
    case GH_TIME: {
      const auto time = parse_time(text);
      if (!time) throw foreign();
      return sdk::time_value(*time);
    }
    case GH_TEXT: return sdk::text_value(text);
    default:
      if (!parse_bytes(memory, text)) throw foreign();
      return sdk::bytes_value(memory);
  }
}

std::string read_key_part(const Rows& rows, std::size_t row, std::size_t column) {
  std::string part;
  if (!parse_key(part, rows.text(row, column))) {
    throw sdk::StatusError(GH_INTERNAL, "a key in the table is none this plugin writes");
  }
  return part;
}

}  // namespace gatehouse::store_postgres

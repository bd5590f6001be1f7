// SPDX-License-Identifier: Apache-2.0
#include "cursor.h"

#include <cstddef>
#include <cstring>

namespace gatehouse::store_memory {
namespace {

constexpr char null_mark = 0;
constexpr char value_mark = 1;

void append(std::string& out, std::uint64_t number) {
  char bytes[sizeof(number)];
  std::memcpy(bytes, &number, sizeof(number));
  out.append(bytes, sizeof(bytes));
}

// Takes parts off the front; once something is missing, everything further fails too.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  std::optional<std::string_view> bytes(std::uint64_t size) {
    if (size > left_.size()) return std::nullopt;
    const auto taken = left_.substr(0, static_cast<std::size_t>(size));
    left_.remove_prefix(taken.size());
    return taken;
  }
  std::optional<std::uint64_t> number() {
    const auto taken = bytes(sizeof(std::uint64_t));
    if (!taken) return std::nullopt;
    std::uint64_t value;
    std::memcpy(&value, taken->data(), sizeof(value));
    return value;
  }
  std::optional<Field> field(bool text) {
    const auto mark = bytes(1);
    if (!mark) return std::nullopt;
    if (mark->front() == null_mark) return Field{};
    const auto value = number();
    if (!value) return std::nullopt;
    if (!text) return Field{false, static_cast<std::int64_t>(*value), {}};
    const auto taken = bytes(*value);
    if (!taken) return std::nullopt;
    return Field{false, 0, *taken};
  }
  bool at_end() const noexcept { return left_.empty(); }

 private:
  std::string_view left_;
};

}  // namespace

std::string write_cursor(const Hash& hash, std::uint64_t fingerprint, const Kind& kind, const Index& index,
                         const Record& last) {
  std::string cursor;
  append(cursor, fingerprint);
  for (std::uint32_t at = 0; at < index.component_count(); ++at) {
    const Field field = kind.component(last, index, at);
    cursor.push_back(field.null ? null_mark : value_mark);
    if (field.null) continue;
    const bool text = is_text(kind.component_type(index, at));
    append(cursor, text ? field.text.size() : static_cast<std::uint64_t>(field.number));
    if (text) cursor.append(field.text);
  }
  append(cursor, hash(cursor));
  return cursor;
}

std::optional<CursorPosition> read_cursor(const Hash& hash, std::uint64_t fingerprint, const Kind& kind,
                                          const Index& index, std::string_view cursor) {
  constexpr std::size_t sum_size = sizeof(std::uint64_t);
  if (cursor.size() < 2 * sum_size) return std::nullopt;
  const auto body = cursor.substr(0, cursor.size() - sum_size);
  if (Reader(cursor.substr(body.size())).number() != hash(body)) return std::nullopt;

  Reader reader(body);
  if (reader.number() != fingerprint) return std::nullopt;
  CursorPosition position;
  for (std::uint32_t at = 0; at < index.component_count(); ++at) {
    const auto field = reader.field(is_text(kind.component_type(index, at)));
    if (!field) return std::nullopt;
    position.components[at] = *field;
  }
  if (!reader.at_end()) return std::nullopt;
  return position;
}

}  // namespace gatehouse::store_memory

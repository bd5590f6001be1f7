// SPDX-License-Identifier: Apache-2.0
#include "order.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace gatehouse::store_memory {
namespace {

// The part of a hint that follows the first field. It never puts two values in the wrong order, but may not tell them
// apart.
constexpr unsigned lead_bits = 48;
constexpr std::uint64_t last_lead = (std::uint64_t{1} << lead_bits) - 1;

std::uint64_t lead_of_number(std::int64_t number) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  return (static_cast<std::uint64_t>(number) ^ sign) >> (64 - lead_bits);
}

// Five bits a byte that keep digits and the letters a to r apart: nine characters in a hint instead of six. Ids begin
// with the time, and the minute needs eight. Other bytes share a class with their neighbours, and behind one of those
// nothing more may be said: what follows would decide between texts that differ before it.
constexpr unsigned char_bits = 5;
constexpr std::uint8_t below_digits = 0;
constexpr std::uint8_t between = 11;
constexpr std::uint8_t above_letters = 31;
constexpr std::size_t lead_chars = lead_bits / char_bits;

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (std::size_t byte = 0; byte < classes.size(); ++byte) {
    std::size_t rank = below_digits;
    if (byte >= '0') rank = byte - '0' + 1;
    if (byte > '9') rank = between;
    if (byte >= 'a') rank = byte - 'a' + between + 1;
    classes[byte] = static_cast<std::uint8_t>(rank < above_letters ? rank : above_letters);
  }
  return classes;
}
constexpr std::array<std::uint8_t, 256> classes = make_classes();

bool is_shared(std::uint8_t character_class) noexcept {
  return character_class == below_digits || character_class == between || character_class == above_letters;
}

// `rest`: what stands for the characters behind the text's end.
std::uint64_t lead_of_text(std::string_view text, std::uint8_t rest) noexcept {
  std::uint64_t lead = 0;
  std::size_t at = 0;
  for (; at < lead_chars && at < text.size(); ++at) {
    const std::uint8_t character_class = classes[static_cast<std::uint8_t>(text[at])];
    lead = lead << char_bits | character_class;
    if (is_shared(character_class)) return lead << char_bits * (lead_chars - at - 1);
  }
  for (; at < lead_chars; ++at) lead = lead << char_bits | rest;
  return lead;
}

std::uint64_t lead_of(const Field& field, bool text) noexcept {
  if (field.null) return 0;
  return text ? lead_of_text(field.text, below_digits) : lead_of_number(field.number);
}

std::uint64_t hint_of(std::uint16_t tenant_mark, std::uint64_t lead) noexcept {
  return static_cast<std::uint64_t>(tenant_mark) << lead_bits | lead;
}

template <class T>
int three_way(const T& a, const T& b) noexcept {
  return a < b ? -1 : (b < a ? 1 : 0);
}

int compare_texts(std::string_view a, std::string_view b) noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  return order != 0 ? order : three_way(a.size(), b.size());
}

int compare_fields(const Field& a, const Field& b, bool text) noexcept {
  if (a.null || b.null) return three_way(b.null, a.null);
  return text ? compare_texts(a.text, b.text) : three_way(a.number, b.number);
}

}  // namespace

Entry Order::entry(std::uint16_t tenant_mark, Record& record) const noexcept {
  const bool text = is_text(kind_.component_type(index_, 0));
  return {hint_of(tenant_mark, lead_of(kind_.component(record, index_, 0), text)), &record};
}

void Order::seal(Probe& probe) const noexcept {
  std::uint64_t lead = probe.side == Probe::Side::Before ? 0 : last_lead;
  if (probe.count > 0) {
    const Field& first = probe.components[0];
    const bool behind_prefix = probe.last_is_prefix && probe.count == 1 && probe.side == Probe::Side::After;
    lead = behind_prefix ? lead_of_text(first.text, above_letters)
                         : lead_of(first, is_text(kind_.component_type(index_, 0)));
  }
  probe.hint = hint_of(probe.tenant_mark, lead);
}

int Order::compare(const Entry& a, const Entry& b) const noexcept {
  if (a.record == b.record) return 0;
  if (a.hint != b.hint) return a.hint < b.hint ? -1 : 1;
  const Record& left = *a.record;
  const Record& right = *b.record;
  if (const int order = compare_texts(kind_.tenant(left), kind_.tenant(right)); order != 0) return order;
  for (std::uint32_t at = 0; at < index_.component_count(); ++at) {
    const bool text = is_text(kind_.component_type(index_, at));
    const int order = compare_fields(kind_.component(left, index_, at), kind_.component(right, index_, at), text);
    if (order != 0) return order;
  }
  return 0;
}

int Order::compare(const Entry& entry, const Probe& probe) const noexcept {
  if (entry.hint != probe.hint) return entry.hint < probe.hint ? -1 : 1;
  const Record& record = *entry.record;
  if (const int order = compare_texts(kind_.tenant(record), probe.tenant); order != 0) return order;
  for (std::uint32_t at = 0; at < probe.count; ++at) {
    const bool text = is_text(kind_.component_type(index_, at));
    Field field = kind_.component(record, index_, at);
    if (probe.last_is_prefix && at + 1 == probe.count && !field.null) {
      field.text = field.text.substr(0, probe.components[at].text.size());
    }
    const int order = compare_fields(field, probe.components[at], text);
    if (order != 0) return order;
  }
  return probe.side == Probe::Side::Before ? 1 : -1;
}

bool Order::same_fields(const Record& a, const Record& b) const noexcept {
  for (std::uint32_t at = 0; at < index_.field_count; ++at) {
    const bool text = is_text(kind_.component_type(index_, at));
    if (compare_fields(kind_.component(a, index_, at), kind_.component(b, index_, at), text) != 0) return false;
  }
  return true;
}

bool Order::any_null(const Record& record) const noexcept {
  for (std::uint32_t at = 0; at < index_.field_count; ++at) {
    if (kind_.component(record, index_, at).null) return true;
  }
  return false;
}

}  // namespace gatehouse::store_memory

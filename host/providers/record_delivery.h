// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugins/instance.h"
#include "providers/slices.h"
#include "providers/storage.h"

#include <gatehouse/store.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <string_view>

// For this folder's sources only: what stands between a store and a visitor during one call. Nothing may unwind into
// the plugin, and nothing it says is believed.
namespace gatehouse::providers {

inline bool same_text(const gh_slice& delivered, std::string_view asked) {
  bool honest = true;
  return text_of(delivered, honest) == asked && honest;
}

// What a record must be like before a feature sees it.
struct Expected {
  std::string_view tenant;
  const KeyView* key;  // null: any key of the tenant
  std::size_t field_count;

  bool fits(const gh_record* record) const {
    if (record == nullptr || record->struct_size < sizeof(gh_record) || record->version < 1) return false;
    if (record->value_count > field_count || (record->value_count != 0 && record->values == nullptr)) return false;
    if (!same_text(record->key.tenant, tenant)) return false;
    if (key != nullptr) return same_text(record->key.id, key->id) && same_text(record->key.partition, key->partition);
    bool honest = true;
    return !text_of(record->key.id, honest).empty() && !text_of(record->key.partition, honest).empty();
  }
};

// Of a delivery: what the plugin must not see, and what it must not get away with.
struct Verdict {
  bool lied = false;
  std::exception_ptr thrown = {};

  bool over() const noexcept { return lied || thrown != nullptr; }
  // False: no more.
  template <class Visit>
  bool show(const gh_record& record, const Visit& visit) noexcept {
    RecordReader reader(record);
    try {
      visit(reader);
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
    lied = !reader.well_formed();
    return !lied;
  }
};

// Of get and find.
struct Delivery {
  const Visitor& visit;
  Expected expected;
  std::uint64_t limit;
  std::uint64_t delivered = 0;
  Verdict verdict = {};
  std::string cursor = {};

  static std::int32_t put(void* context, const gh_record* record) noexcept {
    auto* self = plugins::receiver_of<Delivery>(context);
    if (self == nullptr || self->verdict.over()) return 1;
    if (self->delivered == self->limit || !self->expected.fits(record)) {
      self->verdict.lied = true;
      return 1;
    }
    ++self->delivered;
    return self->verdict.show(*record, self->visit) ? 0 : 1;
  }

  static void put_cursor(void* context, gh_slice bytes) noexcept {
    constexpr std::size_t longest_cursor = 1024;
    auto* self = plugins::receiver_of<Delivery>(context);
    if (self == nullptr) return;
    bool honest = true;
    const auto view = text_of(bytes, honest);
    if (!honest || view.empty() || view.size() > longest_cursor || !self->cursor.empty()) {
      self->verdict.lied = true;
      return;
    }
    try {
      self->cursor = view;
    } catch (...) {
      self->verdict.thrown = std::current_exception();
    }
  }
};

// Of one get_many of a store: some of the caller's gets.
struct ManyDelivery {
  std::span<const Get> gets;
  std::span<const KindDef> schema;
  std::span<const std::size_t> positions;  // in `gets`, of what the store is asked for
  const GetVisitor& visit;
  std::array<bool, GH_MOST_GETS> delivered = {};
  Verdict verdict = {};

  static void put(void* context, std::uint64_t at, const gh_record* record) noexcept {
    auto* self = plugins::receiver_of<ManyDelivery>(context);
    if (self == nullptr || self->verdict.over()) return;
    if (at >= self->positions.size() || self->delivered[at]) {
      self->verdict.lied = true;
      return;
    }
    self->delivered[at] = true;
    const auto position = self->positions[at];
    const auto& get = self->gets[position];
    if (!Expected{get.key.tenant, &get.key, self->schema[get.kind].fields.size()}.fits(record)) {
      self->verdict.lied = true;
      return;
    }
    self->verdict.show(*record, [&](RecordReader& reader) { self->visit(position, reader); });
  }
};

}  // namespace gatehouse::providers

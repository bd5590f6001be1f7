// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::store_memory {

// Where a record lives. Borrowed.
struct Key {
  std::string_view tenant;
  std::string_view partition;
  std::string_view id;
};
bool operator==(const Key& a, const Key& b) noexcept;

// One value of an indexed field. Borrowed.
struct Field {
  bool null = true;
  std::int64_t number = 0;  // bool, int and time
  std::string_view text;    // text and bytes
};

// A record as it lies in memory: this header, and behind it one run of bytes that only the record's Kind can read.
// One allocation a record: at a million sessions every further pointer would cost 16 MB.
struct Record {
  static constexpr std::uint32_t no_slot = UINT32_MAX;

  std::int64_t version = 0;
  std::uint32_t size = 0;               // bytes in use behind the header
  std::uint32_t capacity = 0;           // bytes there are
  std::uint32_t expiry_slot = no_slot;  // where it stands in its table's ExpiryHeap
  std::uint8_t tenant_size = 0;
  std::uint8_t partition_size = 0;
  std::uint8_t id_size = 0;
  std::uint8_t unused = 0;

  const std::uint8_t* bytes() const noexcept { return reinterpret_cast<const std::uint8_t*>(this + 1); }
  std::uint8_t* bytes() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }

  // What the allocator really spends on a record with room for `size` bytes.
  static std::size_t footprint(std::uint32_t capacity) noexcept;
  // An empty record with room for at least `size` bytes. Throws std::bad_alloc.
  static Record* allocate(std::uint32_t size);
  static void release(Record* record) noexcept;
  // Take the contents of `image`, which fits; capacity and place in the heap stay.
  void assign(const Record& image) noexcept;
};
static_assert(sizeof(Record) == 24);

}  // namespace gatehouse::store_memory

// SPDX-License-Identifier: Apache-2.0
#include "record.h"

#include <cstring>
#include <new>

namespace gatehouse::store_memory {
namespace {

// glibc hands out multiples of 16 and keeps 8 of them for itself: asking for less wastes the difference, and the
// difference is what lets most changed records stay where they are.
constexpr std::size_t allocator_step = 16;
constexpr std::size_t allocator_header = 8;

}  // namespace

bool operator==(const Key& a, const Key& b) noexcept {
  return a.id == b.id && a.partition == b.partition && a.tenant == b.tenant;
}

std::size_t Record::footprint(std::uint32_t capacity) noexcept { return sizeof(Record) + capacity + allocator_header; }

Record* Record::allocate(std::uint32_t size) {
  const std::size_t wanted = sizeof(Record) + size + allocator_header;
  const std::size_t spent = (wanted + allocator_step - 1) / allocator_step * allocator_step;
  const std::size_t usable = spent - allocator_header;
  auto* record = new (::operator new(usable)) Record;
  record->capacity = static_cast<std::uint32_t>(usable - sizeof(Record));
  return record;
}

void Record::release(Record* record) noexcept { ::operator delete(record); }

void Record::assign(const Record& image) noexcept {
  version = image.version;
  size = image.size;
  tenant_size = image.tenant_size;
  partition_size = image.partition_size;
  id_size = image.id_size;
  std::memcpy(bytes(), image.bytes(), image.size);
}

}  // namespace gatehouse::store_memory

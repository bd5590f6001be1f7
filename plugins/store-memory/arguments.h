// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kind.h"
#include "record.h"
#include "shard.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/store.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace gatehouse::store_memory {

constexpr std::size_t max_writes = 64;  // in one commit
constexpr std::uint64_t max_tenant_bytes = 64;
constexpr std::uint64_t max_partition_bytes = 64;
constexpr std::uint64_t max_id_bytes = 128;

// What every verb checks first. All throw sdk::StatusError(GH_INVALID).
[[noreturn]] inline void invalid(const std::string& sentence) { throw sdk::StatusError(GH_INVALID, sentence); }

inline const Kind& known_kind(const Database& database, std::uint32_t ordinal) {
  if (!database.is_open()) invalid("the store was not opened");
  const Kind* kind = database.kind(ordinal);
  if (kind == nullptr) invalid("kind " + std::to_string(ordinal) + " is not held by this store");
  return *kind;
}

inline void check_part(const gh_slice& part, std::uint64_t longest, const char* name) {
  if (part.size < 1 || part.size > longest || part.data == nullptr) {
    invalid(std::string("a key's ") + name + " is not 1 to " + std::to_string(longest) + " bytes long");
  }
}

inline Key checked_key(const sdk::KeyView& key) {
  check_part(key.raw().tenant, max_tenant_bytes, "tenant");
  check_part(key.raw().partition, max_partition_bytes, "partition");
  check_part(key.raw().id, max_id_bytes, "id");
  return {key.tenant(), key.partition(), key.id()};
}

}  // namespace gatehouse::store_memory

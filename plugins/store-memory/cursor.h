// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hash.h"
#include "kind.h"
#include "record.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::store_memory {

// Where the last page ended, as bytes: every component of that record's place in the index, between a fingerprint of
// the query and a checksum. Both are hashes under the instance's secret, so a cursor of another query, of another
// instance or with a changed byte is not read. At most 1024 bytes, because the text of an index is at most
// max_index_bytes.
struct CursorPosition {
  std::array<Field, max_index_fields + 2> components{};
};

std::string write_cursor(const Hash& hash, std::uint64_t fingerprint, const Kind& kind, const Index& index,
                         const Record& last);
// What the position holds points into `cursor`.
std::optional<CursorPosition> read_cursor(const Hash& hash, std::uint64_t fingerprint, const Kind& kind,
                                          const Index& index, std::string_view cursor);

}  // namespace gatehouse::store_memory

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "values.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_postgres {

// A change as servers tell each other: the record's name, and nothing that is in it.
struct Announced {
  std::string kind;  // its name: ordinals may differ between releases
  bool deleted = false;
  std::int64_t version = 0;
  Key key;
};

// What one commit has changed, as the payloads of NOTIFY: a line a change, as many in one as fit. PostgreSQL takes less
// than 8,000 bytes of text.
class Announcement {
 public:
  static constexpr std::size_t longest = 7'900;

  void add(std::string_view kind, bool deleted, std::int64_t version, const Key& key);
  const std::vector<std::string>& payloads() const noexcept { return payloads_; }

 private:
  std::vector<std::string> payloads_;
};

// Nothing: somebody has sent what is no line of ours.
std::optional<std::vector<Announced>> read_announcement(std::string_view payload);

}  // namespace gatehouse::store_postgres

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "contract/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::contract {

// The kinds of the suite, each for the features it is named with.
namespace kind {
enum : std::uint32_t {
  Session,    // an ordinary index by (owner, created), an expiry that may be NULL
  Account,    // two unique indexes whose fields may be NULL, two ordinary ones, an expiry
  Event,      // append-only, with an expiry
  Sample,     // one field and one index of each type, all of them nullable, and one index of four fields
  Plain,      // a field of each type, nullable; neither index nor expiry
  Elsewhere,  // in the schema, but not assigned to the store
};
}  // namespace kind

namespace session {
enum Field : std::uint32_t { Owner, Created, Counter, Note, Expires };
enum Index : std::uint32_t { ByOwner };
}  // namespace session
namespace account {
enum Field : std::uint32_t { Email, Org, Slug, Status, Score, Until };
enum Index : std::uint32_t { ByEmail, ByOrgSlug, ByStatusScore, ByScore };
}  // namespace account
namespace event {
enum Field : std::uint32_t { Type, At, Payload, Expires };
enum Index : std::uint32_t { ByTime, ByTypeTime };
}  // namespace event
namespace sample {
enum Field : std::uint32_t { Flag, Number, Moment, Word, Blob };
enum Index : std::uint32_t { ByFlag, ByNumber, ByMoment, ByWord, ByBlob, ByAll };
}  // namespace sample

struct FieldDef {
  std::string name;
  std::uint32_t type;
  bool nullable = false;
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
  std::optional<std::uint32_t> expiry;
  bool append_only = false;
  bool assigned = true;
};

const std::vector<KindDef>& kinds();

// The same as the C structs of gh_schema, with everything they point at.
class RawSchema {
 public:
  explicit RawSchema(const std::vector<KindDef>& kinds);
  RawSchema(const RawSchema&) = delete;
  RawSchema& operator=(const RawSchema&) = delete;
  gh_schema& get() noexcept { return schema_; }
  std::vector<gh_kind>& raw_kinds() noexcept { return kinds_; }
  std::vector<std::uint32_t>& assigned() noexcept { return assigned_; }

 private:
  std::vector<std::vector<gh_field>> fields_;
  std::vector<std::vector<gh_index>> indexes_;
  std::vector<gh_kind> kinds_;
  std::vector<std::uint32_t> assigned_;
  gh_schema schema_{};
};

// Records that fit, for tests that care about one field of them.
std::vector<Value> session_of(const std::string& owner, std::int64_t created = 0, std::int64_t counter = 0,
                              Value expires = null());
std::vector<Value> plain_of(const std::string& value);
std::vector<Value> account_of(Value email, Value until = null());

}  // namespace gatehouse::contract

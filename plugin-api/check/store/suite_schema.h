// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/records.h"
#include "store/schema.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::check::store {

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

// The suite's own schema: every feature a kind can have.
const Kinds& suite_kinds();

// Records that fit, for checks that care about one field of them.
std::vector<Value> session_of(const std::string& owner, std::int64_t created = 0, std::int64_t counter = 0,
                              Value expires = null());
std::vector<Value> plain_of(const std::string& value);
std::vector<Value> account_of(Value email, Value until = null());

}  // namespace gatehouse::check::store

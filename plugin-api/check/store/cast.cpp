// SPDX-License-Identifier: Apache-2.0
#include "store/cast.h"

#include "store/suite_schema.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace gatehouse::check::store {
namespace {

// An expiry that no check reaches, where the suite would have NULL.
constexpr std::int64_t never = INT64_MAX;

// What stands in a field that a check does not care about.
Value filler(const KindDef& kind, std::uint32_t at) {
  const FieldDef& field = kind.fields[at];
  if (kind.expiry == at) return moment(never);
  if (field.nullable) return null();
  if (field.type == GH_TEXT) {
    const std::string_view name = field.name;
    return text(name == "status" ? "active" : name == "severity" ? "info" : name == "payload" ? "{}" : "-");
  }
  if (field.type == GH_BYTES) return bytes(std::string(16, '\0'));
  return {field.type, 0, {}};
}

template <class Named>
std::optional<std::uint32_t> find_named(const std::vector<Named>& all, const char* name) {
  if (name == nullptr) return std::nullopt;
  const auto at = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  if (at == all.end()) return std::nullopt;
  return static_cast<std::uint32_t>(at - all.begin());
}

}  // namespace

Cast::Cast(const Kinds& kinds) : kinds_(kinds), parts_(suite_kinds().size()) {
  give(kind::Session, "session", {"user_id", "created_at", "generation", "device_name", "purge_at"}, {"by_user"});
  give(kind::Account, "user", {"email_unique", nullptr, nullptr, "status", nullptr, nullptr},
       {"email_unique", nullptr, nullptr, nullptr});
  give(kind::Event, "event", {"type", "time", nullptr, "expires_at"}, {"by_time", "by_type"});
  give(kind::Plain, "session", {"device_name", nullptr, nullptr, nullptr, nullptr, nullptr}, {});
  give(kind::Plain, "user", {"name", nullptr, nullptr, nullptr, nullptr, nullptr}, {});
}

void Cast::give(std::uint32_t part, const char* kind, const Names& fields, const Names& indexes) {
  const auto at = find_named(kinds_, kind);
  if (!at || !kinds_[*at].assigned) return;
  Part made{*at, {}, {}};
  for (const char* name : fields) made.fields.push_back(find_named(kinds_[*at].fields, name));
  for (const char* name : indexes) made.indexes.push_back(find_named(kinds_[*at].indexes, name));
  parts_[part] = std::move(made);
}

const Cast::Part& Cast::part(std::uint32_t kind) const {
  if (!parts_[kind]) throw NotHeld{"a kind like " + suite_kinds()[kind].name};
  return *parts_[kind];
}

// A kind that is none stays none.
std::uint32_t Cast::kind(std::uint32_t kind) const { return kind < parts_.size() ? part(kind).kind : kind; }

std::uint32_t Cast::purged_kind(std::uint32_t kind) const {
  const std::uint32_t actual = this->kind(kind);
  if (kind < parts_.size() && !suite_kinds()[kind].expiry && kinds_[actual].expiry) {
    throw NotHeld{"a kind without an expiry"};
  }
  return actual;
}

std::vector<Value> Cast::values(std::uint32_t kind, const std::vector<Value>& values) const {
  const KindDef& suite = suite_kinds()[kind];
  const Part& part = this->part(kind);
  if (values.size() > suite.fields.size()) throw NotHeld{"a kind of as many fields"};
  std::vector<Value> made;
  for (std::uint32_t at = 0; at < kinds_[part.kind].fields.size(); ++at) made.push_back(filler(kinds_[part.kind], at));
  for (std::size_t at = 0; at < suite.fields.size(); ++at) {
    const Value given = at < values.size() ? values[at] : null();
    const auto target = part.fields[at];
    if (target) {
      // NULL where the suite allows it, the filler where the part does not; elsewhere it is a mistake a check makes.
      if (given.type != GH_NULL || !suite.fields[at].nullable) made[*target] = given;
    } else if (given.type != GH_NULL) {
      throw NotHeld{"a field like " + suite.name + '.' + suite.fields[at].name};
    }
  }
  return made;
}

std::vector<Write> Cast::writes(const std::vector<Write>& writes) const {
  std::map<std::uint32_t, std::uint32_t> played;
  std::vector<Write> made = writes;
  for (Write& write : made) {
    if (write.kind >= parts_.size()) continue;
    const std::uint32_t actual = kind(write.kind);
    if (played.emplace(actual, write.kind).first->second != write.kind) throw NotHeld{"two more kinds in one commit"};
    if (write.op == GH_WRITE_PUT) write.values = values(write.kind, write.values);
    write.kind = actual;
  }
  return made;
}

Query Cast::query(const Query& query) const {
  Query made = query;
  made.kind = kind(query.kind);
  if (query.kind >= parts_.size() || query.index >= suite_kinds()[query.kind].indexes.size()) return made;
  const auto index = part(query.kind).indexes[query.index];
  if (!index) throw NotHeld{"an index like " + suite_kinds()[query.kind].indexes[query.index].name};
  made.index = *index;
  return made;
}

Record Cast::record(std::uint32_t kind, Record record) const {
  const Part& part = this->part(kind);
  const KindDef& suite = suite_kinds()[kind];
  std::vector<Value> values(suite.fields.size());
  for (std::size_t at = 0; at < values.size(); ++at) {
    if (part.fields[at]) values[at] = std::move(record.values[*part.fields[at]]);
    const bool stands_for_null = suite.expiry == at && suite.fields[at].nullable;
    if (stands_for_null && values[at] == moment(never)) values[at] = null();
  }
  record.values = std::move(values);
  return record;
}

std::uint32_t Cast::unique_index(std::uint32_t kind, std::uint32_t index) const {
  const Part& part = this->part(kind);
  for (std::uint32_t at = 0; at < part.indexes.size(); ++at) {
    if (part.indexes[at] == index) return at;
  }
  return index;
}

}  // namespace gatehouse::check::store

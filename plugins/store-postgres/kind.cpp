// SPDX-License-Identifier: Apache-2.0
#include "kind.h"

#include "catalog.h"
#include "text_forms.h"

#include <gatehouse/sdk/status.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::store_postgres {
namespace {

// Columns that had a name before Gatehouse was written, and whose readers should find them.
struct Renamed {
  std::string_view kind;
  std::string_view field;
  std::string_view column;
};
constexpr std::array<Renamed, 1> renamed = {{{"session", "previous_jti", "previous_refresh_token_jti"}}};

std::string column_of(std::string_view kind, std::string_view field) {
  for (const Renamed& each : renamed) {
    if (each.kind == kind && each.field == field) return std::string(each.column);
  }
  return std::string(field);
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 50 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string parameter(std::size_t number) { return "$" + std::to_string(number); }

constexpr std::string_view where_key = " WHERE tenant = $1 AND partition = $2 AND id = $3";
constexpr std::size_t key_size = 3;

}  // namespace

Kind::Kind(const sdk::KindView& kind, std::uint32_t ordinal, bool announced)
    : name_(kind.name()), ordinal_(ordinal), announced_(announced), append_only_(kind.append_only()) {
  if (!is_name(name_)) refuse(GH_INVALID, "its name is not 1 to 50 of a-z, 0-9 and _");
  table_ = identifier(name_ + "s");
  read_columns(kind);
  read_indexes(kind);
  if (kind.has_expiry()) {
    expiry_ = kind.expiry_field();
    if (*expiry_ >= columns_.size() || columns_[*expiry_].type != GH_TIME) {
      refuse(GH_INVALID, "its expiry is not one of its times");
    }
  }
  write_statements();
}

void Kind::refuse(gh_status status, const std::string& why) const {
  throw sdk::StatusError(status, "kind " + name_ + ": " + why);
}

void Kind::read_columns(const sdk::KindView& kind) {
  for (const gh_field& field : kind.fields()) {
    const std::string name = field.name;
    if (!is_name(name)) refuse(GH_INVALID, "a field's name is not 1 to 50 of a-z, 0-9 and _");
    if (field.type < GH_BOOL || field.type > GH_BYTES) refuse(GH_INVALID, "field " + name + " has an unknown type");
    for (const auto reserved :
         {column::tenant, column::partition, column::id, column::record_version, column::expiry_floor}) {
      if (name == reserved) refuse(GH_UNSUPPORTED, "field " + name + " has the name of a column every table has");
    }
    const std::string column = column_of(name_, name);
    columns_.push_back({name, column, identifier(column), field.type, (field.flags & GH_FIELD_NULLABLE) != 0});
  }
}

void Kind::read_indexes(const sdk::KindView& kind) {
  for (const gh_index& index : kind.indexes()) {
    Index copy{index.name, {}, (index.flags & GH_INDEX_UNIQUE) != 0};
    if (index.field_count < 1 || index.field_count > 4)
      refuse(GH_INVALID, "index " + copy.name + " has not 1 to 4 fields");
    for (std::uint32_t at = 0; at < index.field_count; ++at) {
      if (index.fields[at] >= columns_.size())
        refuse(GH_INVALID, "index " + copy.name + " names a field that is not there");
      copy.fields.push_back(index.fields[at]);
    }
    indexes_.push_back(std::move(copy));
  }
}

bool Kind::has_unique() const noexcept {
  return std::any_of(indexes_.begin(), indexes_.end(), [](const Index& index) { return index.unique; });
}

std::string Kind::due_column() const {
  return has_floor() ? identifier(column::expiry_floor) : columns_[*expiry_].quoted;
}

std::string Kind::alive(std::size_t number) const { return alive(parameter(number)); }

std::string Kind::alive(const std::string& time) const {
  if (!expiry_) return {};
  const Column& column = columns_[*expiry_];
  const std::string later = column.quoted + " > " + time;
  return column.nullable ? " AND (" + column.quoted + " IS NULL OR " + later + ")" : " AND " + later;
}

std::string Kind::expired(std::size_t number) const {
  if (!expiry_) return "false";
  return "coalesce(" + columns_[*expiry_].quoted + " <= " + parameter(number) + ", false)";
}

Statement Kind::statement(const char* verb, std::string sql) const { return {name_ + "_" + verb, std::move(sql)}; }

void Kind::write_statements() {
  const std::size_t count = columns_.size();
  std::string names;
  std::string values;
  std::string changes;
  for (std::size_t at = 0; at < count; ++at) {
    names += ", " + columns_[at].quoted;
    values += ", " + parameter(key_size + 2 + at);
    changes += ", " + columns_[at].quoted + " = " + parameter(key_size + 2 + at);
  }
  get_ = statement("get", "SELECT record_version" + names + " FROM " + table_ + std::string(where_key) + alive(4));
  get_many_ = statement("get_many", get_many_sql());
  if (!append_only_ && !has_unique()) update_many_ = statement("update_many", update_many_sql());
  if (has_floor()) {
    names += ", expiry_floor";
    values += ", " + parameter(key_size + 2 + count);
    changes += ", expiry_floor = LEAST(expiry_floor, " + parameter(key_size + 2 + *expiry_) + ")";
  }
  insert_ =
      statement("insert", "INSERT INTO " + table_ + " (tenant, partition, id, record_version" + names +
                              ") VALUES ($1, $2, $3, $4" + values + ") ON CONFLICT (tenant, partition, id) DO NOTHING");
  insert_many_ = statement("insert_many", insert_many_sql(names));
  const std::string at_version = std::string(where_key) + " AND record_version = $4";
  update_ = statement("update", "UPDATE " + table_ + " SET record_version = record_version + 1" + changes + at_version +
                                    alive(key_size + 2 + count));
  erase_ = statement("erase", "DELETE FROM " + table_ + at_version + alive(5));
  // Who may not update may not lock either; what is never changed need not be locked.
  const std::string for_update = append_only_ ? "" : " FOR UPDATE";
  lock_ = statement("lock",
                    "SELECT record_version, " + expired(4) + " FROM " + table_ + std::string(where_key) + for_update);
  if (expiry_) {
    clear_ = statement("clear", "DELETE FROM " + table_ + std::string(where_key) + " AND " + expired(4));
    purge_ = statement("purge", purge_sql());
  }
  for (const Index& index : indexes_) {
    std::string where = " WHERE tenant = $1";
    for (std::size_t at = 0; at < index.fields.size(); ++at) {
      where += " AND " + columns_[index.fields[at]].quoted + " = " + parameter(2 + at);
    }
    holders_.push_back(statement(
        ("holder_" + index.name).c_str(),
        "SELECT partition, id, " + expired(2 + index.fields.size()) + " FROM " + table_ + where + for_update));
  }
}

// `names`: of the columns behind the version, with a comma before each.
std::string Kind::insert_many_sql(const std::string& names) const {
  std::string arrays = "$2::text[], $3::text[]";
  std::string elements = "partition, id";
  for (std::size_t at = 0; at < columns_.size(); ++at) {
    arrays += ", " + parameter(key_size + 1 + at) + "::" + std::string(type_name(columns_[at].type)) + "[]";
    elements += ", " + columns_[at].quoted;
  }
  // The floor begins as the expiry.
  std::string values = names;
  if (has_floor()) values.replace(values.rfind("expiry_floor"), std::string::npos, columns_[*expiry_].quoted);
  return "INSERT INTO " + table_ + " (tenant, partition, id, record_version" + names + ") SELECT $1, partition, id, 1" +
         values + " FROM unnest(" + arrays + ") AS given (" + elements + ")";
}

// The names of the arrays' columns are none a table has.
std::string Kind::get_many_sql() const {
  std::string names;
  for (const Column& column : columns_) names += ", " + column.quoted;
  return "SELECT \"at place\", record_version" + names +
         " FROM unnest($2::text[], $3::text[], $4::timestamptz[]) WITH ORDINALITY AS asked (\"at partition\", \"at "
         "id\", "
         "\"at time\", \"at place\") JOIN " +
         table_ + " ON tenant = $1 AND partition = \"at partition\" AND id = \"at id\"" + alive("\"at time\"");
}

// Locked first and changed then, in one statement: an UPDATE alone would wait for whoever holds one of the records, and
// all would wait with it.
std::string Kind::update_many_sql() const {
  std::string arrays = "$2::text[], $3::text[], $4::bigint[], $5::timestamptz[]";
  std::string elements = "\"at partition\", \"at id\", \"at version\", \"at time\"";
  std::string changes;
  for (std::size_t at = 0; at < columns_.size(); ++at) {
    const std::string value = "\"new " + std::to_string(at) + "\"";
    arrays += ", " + parameter(6 + at) + "::" + std::string(type_name(columns_[at].type)) + "[]";
    elements += ", " + value;
    changes += ", " + columns_[at].quoted + " = " + value;
  }
  if (has_floor()) changes += ", expiry_floor = LEAST(expiry_floor, \"new " + std::to_string(*expiry_) + "\")";
  return "WITH held AS (SELECT t.ctid AS \"at ctid\", given.* FROM unnest(" + arrays + ") WITH ORDINALITY AS given (" +
         elements + ", \"at place\") JOIN " + table_ +
         " t ON tenant = $1 AND partition = \"at partition\" AND id = \"at id\" AND record_version = \"at version\"" +
         alive("\"at time\"") + " FOR UPDATE OF t SKIP LOCKED) UPDATE " + table_ +
         " t SET record_version = record_version + 1" + changes +
         " FROM held WHERE t.ctid = \"at ctid\" RETURNING \"at place\"";
}

std::string Kind::purge_sql() const {
  const std::string& expiry = columns_[*expiry_].quoted;
  const std::string due = "due AS (SELECT tenant, partition, id, " + expiry + " AS expiry FROM " + table_ + " WHERE " +
                          due_column() + " < $1 ORDER BY " + due_column() + " LIMIT $2" +
                          (append_only_ ? "" : " FOR UPDATE") + ")";
  const std::string same = " WHERE r.tenant = due.tenant AND r.partition = due.partition AND r.id = due.id AND ";
  // What was extended since its floor was set gets the floor it deserves, and is looked at again then.
  const std::string raised = has_floor()
                                 ? ", raised AS (UPDATE " + table_ + " r SET expiry_floor = due.expiry FROM due" +
                                       same + "(due.expiry IS NULL OR due.expiry >= $1) RETURNING 1)"
                                 : "";
  return "WITH " + due + raised + ", gone AS (DELETE FROM " + table_ + " r USING due" + same +
         "due.expiry < $1 RETURNING 1) SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM gone)";
}

}  // namespace gatehouse::store_postgres

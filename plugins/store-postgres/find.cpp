// SPDX-License-Identifier: Apache-2.0
#include "find.h"

#include "cursor.h"
#include "text_forms.h"
#include "values.h"

#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace gatehouse::store_postgres {
namespace {

constexpr std::uint32_t most_records = 1000;

const Kind& known(const std::vector<const Kind*>& kinds, std::uint32_t ordinal) {
  if (ordinal >= kinds.size() || kinds[ordinal] == nullptr) {
    invalid("kind " + std::to_string(ordinal) + " is not held by this store");
  }
  return *kinds[ordinal];
}

}  // namespace

const Statement& StatementCache::get(const std::string& sql) {
  const std::lock_guard lock(mutex_);
  auto& statement = statements_[sql];
  if (!statement) statement = std::make_unique<Statement>(Statement{"find_" + std::to_string(statements_.size()), sql});
  return *statement;
}

Find::Find(const std::vector<const Kind*>& kinds, const sdk::QueryView& query, std::int64_t now_us)
    : query_(query), kind_(&known(kinds, query.kind())), now_us_(now_us) {
  check_tenant(query_.tenant());
  if (!query_.count_only() && (query_.limit() < 1 || query_.limit() > most_records))
    invalid("a limit is not 1 to 1000");
  read_parts();
  if (query_.equals().size() > index_size_) invalid("more values than the index has fields");
  where_ = " WHERE tenant = $1";
  parameters_.add_with([&](std::string& out) { append_key(out, query_.tenant()); });
  add_equals();
  add_range();
  if (!query_.cursor().empty()) add_cursor();
  finish();
}

void Find::read_parts() {
  if (!query_.by_key()) {
    if (query_.index() >= kind_->indexes().size()) invalid("kind " + kind_->name() + " has no such index");
    for (const std::uint32_t field : kind_->indexes()[query_.index()].fields) {
      parts_.push_back({kind_->columns()[field].quoted, &kind_->columns()[field]});
    }
  }
  parts_.push_back({"partition", nullptr});
  parts_.push_back({"id", nullptr});
  index_size_ = query_.by_key() ? parts_.size() : parts_.size() - 2;
}

void Find::check(const Part& part, const gh_value& value) const {
  if (part.column != nullptr && value.type == GH_NULL) return;  // NULL may be asked for where it cannot be
  if (part.column == nullptr) {
    if (value.type != GH_TEXT) invalid("a value of another type than the key's");
    return;
  }
  if (value.type != part.column->type) invalid("field " + part.column->field + ": a value of another type");
  if (value.type == GH_TEXT && !is_text(sdk::view(value.s))) invalid("a text that is not UTF-8, or that holds a NUL");
}

std::string Find::parameter(const Part& part, const gh_value& value) {
  if (part.column == nullptr) {
    parameters_.add_with([&](std::string& out) { append_key(out, sdk::view(value.s)); });
  } else {
    add_value(parameters_, value);
  }
  return "$" + std::to_string(parameters_.size());
}

void Find::add_equals() {
  const auto equals = query_.equals();
  for (std::size_t at = 0; at < equals.size(); ++at) {
    check(parts_[at], equals[at]);
    where_ += " AND " + parts_[at].quoted;
    where_ += equals[at].type == GH_NULL ? std::string(" IS NULL") : " = " + parameter(parts_[at], equals[at]);
  }
}

void Find::add_range() {
  const std::uint32_t range = query_.range();
  if (range == GH_RANGE_NONE) return;
  if (range > GH_RANGE_PREFIX) invalid("an unknown range");
  if (query_.equals().size() >= index_size_) invalid("a range behind the index's last field");
  const Part& part = parts_[query_.equals().size()];
  const auto bound = [&](const char* relation, const gh_value& value) {
    if (value.type == GH_NULL) invalid("a range from or to NULL");
    check(part, value);
    where_ += " AND " + part.quoted + relation + parameter(part, value);
  };
  if (range == GH_RANGE_PREFIX) return add_prefix(part);
  if (range != GH_RANGE_BELOW) bound(" >= ", query_.low());
  if (range != GH_RANGE_FROM) bound(" < ", query_.high());
}

void Find::add_prefix(const Part& part) {
  const gh_value& low = query_.low();
  if (part.type() != GH_TEXT && part.type() != GH_BYTES) invalid("a prefix of what is neither text nor bytes");
  check(part, low);
  if (low.type == GH_NULL) invalid("a range from NULL");
  where_ += " AND " + part.quoted + " >= " + parameter(part, low);
  const auto prefix = sdk::view(low.s);
  std::string key_prefix;
  if (part.column == nullptr) append_key(key_prefix, prefix);
  const auto end = part.type() == GH_BYTES
                       ? after_bytes_prefix(prefix)
                       : after_text_prefix(part.column == nullptr ? std::string_view(key_prefix) : prefix);
  if (!end) return;
  if (part.type() == GH_BYTES) {
    parameters_.add_with([&](std::string& out) { append_bytes(out, *end); });
  } else {
    parameters_.add(*end);
  }
  where_ += " AND " + part.quoted + " < $" + std::to_string(parameters_.size());
}

// Everything that sorts behind the position. NULL sorts before all else, which no comparison of rows can say.
void Find::add_cursor() {
  const auto position = read_cursor(query_.cursor());
  const std::size_t first = query_.equals().size();
  // What the condition below says already, in a form that bounds the walk through the index.
  const Part& leading = parts_[first];
  const gh_value& value = position[first];
  if (value.type != GH_NULL && (!query_.descending() || !leading.nullable())) {
    where_ += " AND " + leading.quoted + (query_.descending() ? " <= " : " >= ") + parameter(leading, value);
  }
  where_ += " AND " + after(first, position);
}

std::string Find::after(std::size_t at, const std::vector<gh_value>& position) {
  const Part& part = parts_[at];
  const gh_value& value = position[at];
  std::string behind;
  std::string equal;
  if (value.type == GH_NULL) {
    behind = query_.descending() ? std::string("false") : part.quoted + " IS NOT NULL";
    equal = part.quoted + " IS NULL";
  } else {
    const std::string number = parameter(part, value);
    behind = part.quoted + (query_.descending() ? " < " : " > ") + number;
    if (query_.descending() && part.nullable()) behind = "(" + behind + " OR " + part.quoted + " IS NULL)";
    equal = part.quoted + " = " + number;
  }
  if (at + 1 == parts_.size()) return behind;
  return "(" + behind + " OR (" + equal + " AND " + after(at + 1, position) + "))";
}

void Find::finish() {
  if (kind_->has_expiry()) {
    add_time(parameters_, now_us_);
    where_ += kind_->alive(parameters_.size());
  }
  const std::string from = " FROM " + kind_->table() + where_;
  if (query_.count_only()) {
    std::string limited;
    if (query_.limit() > 0) {
      parameters_.add(static_cast<std::int64_t>(query_.limit()));
      limited = " LIMIT $" + std::to_string(parameters_.size());
    }
    sql_ = "SELECT count(*) FROM (SELECT 1" + from + limited + ") counted";
    return;
  }
  sql_ = "SELECT partition, id, record_version";
  for (const Column& column : kind_->columns()) sql_ += ", " + column.quoted;
  sql_ += from + " ORDER BY ";
  // What all records have in common need not be sorted by, and the index fits all the same.
  for (std::size_t at = query_.equals().size(); at < parts_.size(); ++at) {
    if (at > query_.equals().size()) sql_ += ", ";
    sql_ += parts_[at].quoted + (query_.descending() ? " DESC" : "");
    if (parts_[at].nullable()) sql_ += query_.descending() ? " NULLS LAST" : " NULLS FIRST";
  }
  if (query_.equals().size() == parts_.size()) sql_ += "id";
  // A plan is made once for all values, and has to know how few records are wanted. One more tells whether there are
  // more.
  std::uint64_t limit = 2;
  while (limit <= query_.limit()) limit *= 2;
  sql_ += " LIMIT " + std::to_string(limit);
}

void Find::deliver(const Rows& rows, const sdk::RecordSink& sink, const sdk::FindOut& out) const {
  if (query_.count_only()) return out.count(static_cast<std::uint64_t>(rows.integer(0, 0)));
  RecordReader record(*kind_);
  std::uint64_t delivered = 0;
  for (std::size_t row = 0; row < rows.size() && delivered < query_.limit(); ++row) {
    const std::string partition = read_key_part(rows, row, 0);
    const std::string id = read_key_part(rows, row, 1);
    record.read(rows, row, 2);
    const gh_key key{sdk::slice(query_.tenant()), sdk::slice(partition), sdk::slice(id)};
    const bool more = sink.put(key, record.version(), record.values().data(), record.values().size());
    ++delivered;
    if ((!more || delivered == query_.limit()) && row + 1 < rows.size())
      out.cursor(cursor_of(key, record.values().data()));
    if (!more) break;
  }
  out.count(delivered);
}

std::string Find::cursor_of(const gh_key& key, const gh_value* values) const {
  CursorWriter writer;
  for (std::size_t at = query_.equals().size(); at + 2 < parts_.size(); ++at) {
    writer.add(values[parts_[at].column - kind_->columns().data()]);
  }
  const std::array<gh_value, 2> ends = {sdk::text_value(sdk::view(key.partition)), sdk::text_value(sdk::view(key.id))};
  for (std::size_t at = std::max(query_.equals().size(), parts_.size() - 2); at < parts_.size(); ++at) {
    writer.add(ends[at + 2 - parts_.size()]);
  }
  return writer.finish(digest());
}

std::vector<gh_value> Find::read_cursor(std::string_view cursor) const {
  std::vector<gh_value> position(parts_.size(), sdk::null_value());
  CursorReader reader(cursor, digest());
  for (std::size_t at = query_.equals().size(); at < parts_.size(); ++at) {
    position[at] = reader.take();
    const bool fits = position[at].type == parts_[at].type() || (position[at].type == GH_NULL && parts_[at].nullable());
    if (!fits) invalid("the cursor is of another query");
  }
  reader.finish();
  return position;
}

// Everything but limit and cursor: a cursor fits no other query.
std::string Find::digest() const {
  CursorWriter words;
  words.add(sdk::text_value(kind_->name()));
  words.add(sdk::int_value(static_cast<std::int64_t>(query_.index())));
  words.add(sdk::bool_value(query_.descending()));
  words.add(sdk::text_value(query_.tenant()));
  words.add(sdk::int_value(static_cast<std::int64_t>(query_.equals().size())));
  for (const gh_value& value : query_.equals()) words.add(value);
  words.add(sdk::int_value(query_.range()));
  if (query_.range() == GH_RANGE_FROM || query_.range() == GH_RANGE_BETWEEN || query_.range() == GH_RANGE_PREFIX) {
    words.add(query_.low());
  }
  if (query_.range() == GH_RANGE_BELOW || query_.range() == GH_RANGE_BETWEEN) words.add(query_.high());
  return words.take();
}

}  // namespace gatehouse::store_postgres

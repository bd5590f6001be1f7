// SPDX-License-Identifier: Apache-2.0
#include "kind.h"

#include <algorithm>
#include <cstddef>

namespace example_store {
namespace {

constexpr std::size_t most_index_bytes = 512;

bool is_text(std::uint32_t type) { return type == GH_TEXT || type == GH_BYTES; }

// NULL fits every type here; where it may stand is another question.
bool fits(const gh_value& value, std::uint32_t type) {
  return value.type == GH_NULL || (value.type == type && (type != GH_BOOL || value.i == 0 || value.i == 1));
}

void add(OrderedKey& key, const gh_value& value) { key.value(value.type, value.i, sdk::view(value.s)); }

const Value& value_at(const Record& record, std::uint32_t field) {
  static const Value null;
  return field < record.values.size() ? record.values[field] : null;
}

void check_part(std::string_view part, std::size_t longest, const char* name) {
  if (part.empty() || part.size() > longest) {
    invalid(std::string("the ") + name + " of a key is not 1 to " + std::to_string(longest) + " bytes long");
  }
}

}  // namespace

void invalid(const std::string& sentence) { throw sdk::StatusError(GH_INVALID, sentence); }

void check_key(const sdk::KeyView& key) {
  check_part(key.tenant(), 64, "tenant");
  check_part(key.partition(), 64, "partition");
  check_part(key.id(), 128, "id");
}

Kind::Kind(std::uint32_t ordinal, const sdk::KindView& kind)
    : ordinal_(ordinal), name_(kind.name()), append_only_(kind.append_only()) {
  for (const auto& field : kind.fields()) {
    if (field.type < GH_BOOL || field.type > GH_BYTES) {
      invalid("kind " + name_ + ": field " + field.name + " has a type this store does not know; update the store");
    }
    fields_.push_back({field.name, field.type, (field.flags & GH_FIELD_NULLABLE) != 0});
  }
  for (const auto& index : kind.indexes()) {
    Index copy{{index.fields, index.fields + index.field_count}, (index.flags & GH_INDEX_UNIQUE) != 0};
    if (copy.fields.empty() || copy.fields.size() > 4) {
      invalid("kind " + name_ + ": index " + index.name + " has not 1 to 4 fields");
    }
    for (const auto field : copy.fields) {
      if (field >= fields_.size())
        invalid("kind " + name_ + ": index " + index.name + " names a field that is not there");
    }
    indexes_.push_back(std::move(copy));
  }
  if (kind.has_expiry()) expiry_ = kind.expiry_field();
  if (expiry_ && (*expiry_ >= fields_.size() || fields_[*expiry_].type != GH_TIME)) {
    invalid("kind " + name_ + ": its expiry is not a field of times");
  }
}

void Kind::check_value(const Field& field, const gh_value& value) const {
  if (!fits(value, field.type)) invalid("kind " + name_ + ": a value of " + field.name + " has another type");
  if (value.type == GH_NULL && !field.nullable) invalid("kind " + name_ + ": " + field.name + " needs a value");
}

void Kind::check_index_sizes(const Record& record) const {
  for (const auto& index : indexes_) {
    std::size_t size = 0;
    for (const auto field : index.fields) size += value_at(record, field).s.size();
    if (size > most_index_bytes) invalid("kind " + name_ + ": more than 512 bytes of text in one index");
  }
}

Record Kind::record(const sdk::WriteView& put) const {
  const auto values = put.values();
  if (values.size() > fields_.size()) invalid("kind " + name_ + ": more values than it has fields");
  const gh_value missing = sdk::null_value();
  Record record{
      ordinal_, std::string(put.key().tenant()), std::string(put.key().partition()), std::string(put.key().id()), 0,
      {}};
  for (std::size_t at = 0; at < fields_.size(); ++at) {
    const gh_value& value = at < values.size() ? values[at] : missing;
    check_value(fields_[at], value);
    if (at >= values.size()) continue;
    // What a value of a type does not use may hold anything.
    const bool text = is_text(value.type);
    record.values.push_back({value.type, text ? 0 : value.i, text ? std::string(sdk::view(value.s)) : std::string()});
  }
  check_index_sizes(record);
  return record;
}

bool Kind::expired(const Record& record, std::int64_t now_us) const {
  if (!expiry_) return false;
  const Value& expiry = value_at(record, *expiry_);
  return expiry.type != GH_NULL && expiry.i <= now_us;
}

OrderedKey Kind::index_prefix(std::uint32_t index, std::string_view tenant) const {
  OrderedKey key;
  key.number(ordinal_).number(index).bytes(tenant);
  return key;
}

std::string Kind::key_row(const sdk::KeyView& key) const {
  auto row = index_prefix(GH_INDEX_KEY, key.tenant());
  // As values, so that a query by key is like one by any other index.
  row.value(GH_TEXT, 0, key.partition()).value(GH_TEXT, 0, key.id());
  return row.str();
}

std::string Kind::key_row(const Record& record) const {
  return key_row(sdk::KeyView(gh_key{sdk::slice(record.tenant), sdk::slice(record.partition), sdk::slice(record.id)}));
}

std::vector<std::string> Kind::rows(const Record& record) const {
  std::vector<std::string> rows = {key_row(record)};
  for (std::uint32_t number = 0; number < indexes_.size(); ++number) {
    auto row = index_prefix(number, record.tenant);
    for (const auto field : indexes_[number].fields) {
      const Value& value = value_at(record, field);
      row.value(value.type, value.i, value.s);
    }
    rows.push_back(row.bytes(record.partition).bytes(record.id).str());
  }
  if (expiry_) {
    const Value& expiry = value_at(record, *expiry_);
    OrderedKey row;
    row.number(ordinal_).number(expiry_index).value(expiry.type, expiry.i, {});
    rows.push_back(row.bytes(record.tenant).bytes(record.partition).bytes(record.id).str());
  }
  return rows;
}

std::vector<Kind::Claim> Kind::claims(const Record& record) const {
  std::vector<Claim> claims;
  for (std::uint32_t number = 0; number < indexes_.size(); ++number) {
    const auto& [fields, unique] = indexes_[number];
    const auto is_null = [&](std::uint32_t field) { return value_at(record, field).type == GH_NULL; };
    if (!unique || std::any_of(fields.begin(), fields.end(), is_null)) continue;
    auto values = index_prefix(number, record.tenant);
    for (const auto field : fields) {
      const Value& value = value_at(record, field);
      values.value(value.type, value.i, value.s);
    }
    claims.push_back({number, std::move(values)});
  }
  return claims;
}

Kind::Span Kind::span(const sdk::QueryView& query) const {
  check_part(query.tenant(), 64, "tenant");
  std::vector<std::uint32_t> types = {GH_TEXT, GH_TEXT};
  if (!query.by_key()) {
    if (query.index() >= indexes_.size()) invalid("kind " + name_ + " has no such index");
    types.clear();
    for (const auto field : indexes_[query.index()].fields) types.push_back(fields_[field].type);
  }
  const auto equals = query.equals();
  if (equals.size() > types.size()) invalid("the query has more values than the index has fields");
  auto prefix = index_prefix(query.by_key() ? GH_INDEX_KEY : query.index(), query.tenant());
  for (std::size_t at = 0; at < equals.size(); ++at) {
    if (!fits(equals[at], types[at])) invalid("a value of the query has another type than its field");
    add(prefix, equals[at]);
  }
  if (query.range() == GH_RANGE_NONE) return {prefix.str(), prefix.after()};

  if (query.range() > GH_RANGE_PREFIX) invalid("the query's range is of a kind that is not known");
  if (equals.size() == types.size()) invalid("the query's range has no field left");
  const auto type = types[equals.size()];
  const auto bound = [&](const gh_value& value) {
    if (value.type == GH_NULL || !fits(value, type)) invalid("a bound of the query has another type than its field");
    OrderedKey key = prefix;
    add(key, value);
    return key.str();
  };
  OrderedKey values = prefix;
  values.not_null();
  switch (query.range()) {
    case GH_RANGE_FROM: return {bound(query.low()), values.after()};
    case GH_RANGE_BELOW: return {values.str(), bound(query.high())};
    case GH_RANGE_BETWEEN: return {bound(query.low()), bound(query.high())};
    default: break;
  }
  if (!is_text(type)) invalid("a prefix is asked of a field that is not text");
  if (query.low().type != type) invalid("a bound of the query has another type than its field");
  values.bytes_beginning(sdk::view(query.low().s));
  // From the text itself on: shorter ones are padded with zeros, and could look as if they began with it.
  return {bound(query.low()), values.after()};
}

Kind::Span Kind::expired_before(std::int64_t before_us) const {
  OrderedKey times;
  times.number(ordinal_).number(expiry_index);
  OrderedKey end = times;
  return {times.not_null().str(), end.value(GH_TIME, before_us, {}).str()};
}

}  // namespace example_store

// SPDX-License-Identifier: Apache-2.0
#include "contract/schema.h"

#include <utility>

namespace gatehouse::contract {

const std::vector<KindDef>& kinds() {
  static const std::vector<KindDef> all = {
      {.name = "session",
       .fields = {{"owner", GH_TEXT},
                  {"created", GH_TIME},
                  {"counter", GH_INT},
                  {"note", GH_TEXT, true},
                  {"expires", GH_TIME, true}},
       .indexes = {{"by_owner", {session::Owner, session::Created}}},
       .expiry = session::Expires},
      {.name = "account",
       .fields = {{"email", GH_TEXT, true},
                  {"org", GH_TEXT, true},
                  {"slug", GH_TEXT, true},
                  {"status", GH_TEXT},
                  {"score", GH_INT, true},
                  {"until", GH_TIME, true}},
       .indexes = {{"by_email", {account::Email}, true},
                   {"by_org_slug", {account::Org, account::Slug}, true},
                   {"by_status_score", {account::Status, account::Score}},
                   {"by_score", {account::Score}}},
       .expiry = account::Until},
      {.name = "event",
       .fields = {{"type", GH_TEXT}, {"at", GH_TIME}, {"payload", GH_BYTES, true}, {"expires", GH_TIME}},
       .indexes = {{"by_time", {event::At}}, {"by_type_time", {event::Type, event::At}}},
       .expiry = event::Expires,
       .append_only = true},
      {.name = "sample",
       .fields = {{"flag", GH_BOOL, true},
                  {"number", GH_INT, true},
                  {"moment", GH_TIME, true},
                  {"word", GH_TEXT, true},
                  {"blob", GH_BYTES, true}},
       .indexes = {{"by_flag", {sample::Flag}},
                   {"by_number", {sample::Number}},
                   {"by_moment", {sample::Moment}},
                   {"by_word", {sample::Word}},
                   {"by_blob", {sample::Blob}},
                   {"by_all", {sample::Flag, sample::Number, sample::Word, sample::Blob}}},
       .expiry = std::nullopt},
      {.name = "plain",
       .fields = {{"value", GH_TEXT, true},
                  {"number", GH_INT, true},
                  {"moment", GH_TIME, true},
                  {"later", GH_TIME, true},
                  {"flag", GH_BOOL, true},
                  {"blob", GH_BYTES, true}},
       .indexes = {},
       .expiry = std::nullopt},
      {.name = "elsewhere",
       .fields = {{"value", GH_TEXT, true}},
       .indexes = {},
       .expiry = std::nullopt,
       .append_only = false,
       .assigned = false},
  };
  return all;
}

RawSchema::RawSchema(const std::vector<KindDef>& defs) {
  fields_.reserve(defs.size());
  indexes_.reserve(defs.size());
  for (const KindDef& def : defs) {
    auto& fields = fields_.emplace_back();
    for (const auto& field : def.fields) {
      fields.push_back({field.name.c_str(), field.type, field.nullable ? GH_FIELD_NULLABLE : 0});
    }
    auto& indexes = indexes_.emplace_back();
    for (const auto& index : def.indexes) {
      indexes.push_back({index.name.c_str(), index.fields.data(), static_cast<std::uint32_t>(index.fields.size()),
                         index.unique ? GH_INDEX_UNIQUE : 0});
    }
    if (def.assigned) assigned_.push_back(static_cast<std::uint32_t>(kinds_.size()));
    kinds_.push_back({def.name.c_str(), fields.data(), static_cast<std::uint32_t>(fields.size()), sizeof(gh_field),
                      indexes.data(), static_cast<std::uint32_t>(indexes.size()), sizeof(gh_index),
                      def.expiry ? static_cast<std::int32_t>(*def.expiry) : -1,
                      def.append_only ? GH_KIND_APPEND_ONLY : 0});
  }
  schema_ = {
      sizeof(gh_schema), 1, kinds_.data(), static_cast<std::uint32_t>(kinds_.size()), sizeof(gh_kind), assigned_.data(),
      assigned_.size()};
}

std::vector<Value> session_of(const std::string& owner, std::int64_t created, std::int64_t counter, Value expires) {
  return {text(owner), moment(created), integer(counter), null(), std::move(expires)};
}

std::vector<Value> plain_of(const std::string& value) { return {text(value), null(), null(), null(), null(), null()}; }

std::vector<Value> account_of(Value email, Value until) {
  return {std::move(email), null(), null(), text("active"), null(), std::move(until)};
}

}  // namespace gatehouse::contract

// SPDX-License-Identifier: Apache-2.0
#include "store/suite_schema.h"

#include <utility>

namespace gatehouse::check::store {

const Kinds& suite_kinds() {
  static const Kinds all = {
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

std::vector<Value> session_of(const std::string& owner, std::int64_t created, std::int64_t counter, Value expires) {
  return {text(owner), moment(created), integer(counter), null(), std::move(expires)};
}

std::vector<Value> plain_of(const std::string& value) { return {text(value), null(), null(), null(), null(), null()}; }

std::vector<Value> account_of(Value email, Value until) {
  return {std::move(email), null(), null(), text("active"), null(), std::move(until)};
}

}  // namespace gatehouse::check::store

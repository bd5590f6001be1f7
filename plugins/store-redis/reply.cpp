// SPDX-License-Identifier: Apache-2.0
#include "reply.h"

#include <gatehouse/sdk/status.hpp>

#include <hiredis/hiredis.h>

#include <array>

namespace gatehouse::store_redis {
namespace {

[[noreturn]] void unexpected() {
  throw sdk::StatusError(GH_INTERNAL, "Redis gave an answer of another form than this plugin knows");
}

// Without what cause_of takes away.
constexpr std::array<ErrorRow, 27> rows = {{
    {"NOSCRIPT", GH_UNAVAILABLE, Remedy::Load, "Redis forgets the scripts as soon as they are loaded"},
    {"MOVED", GH_UNAVAILABLE, Remedy::Redirect, "the cluster's slots move faster than they can be followed"},
    {"ASK", GH_UNAVAILABLE, Remedy::Ask, "a slot of the cluster is being moved"},
    {"TRYAGAIN", GH_UNAVAILABLE, Remedy::Wait, "a slot of the cluster is being moved"},
    {"ERR Script attempted to access a non local key", GH_UNAVAILABLE, Remedy::Wait,
     "a slot of the cluster is being moved"},
    {"Lua script attempted to access a non local key", GH_UNAVAILABLE, Remedy::Wait,
     "a slot of the cluster is being moved"},
    {"ERR Script attempted to execute a", GH_UNAVAILABLE, Remedy::Wait, "the cluster is down: some slots have no node"},
    {"Lua script attempted to execute a", GH_UNAVAILABLE, Remedy::Wait, "the cluster is down: some slots have no node"},
    {"CLUSTERDOWN", GH_UNAVAILABLE, Remedy::Wait, "the cluster is down: some slots have no node"},
    {"READONLY", GH_UNAVAILABLE, Remedy::Elsewhere, "this Redis is a replica: is a failover going on?"},
    {"MASTERDOWN", GH_UNAVAILABLE, Remedy::Elsewhere, "this Redis is a replica that has lost its master"},
    {"LOADING", GH_UNAVAILABLE, Remedy::Wait, "Redis is loading its data"},
    {"BUSY", GH_UNAVAILABLE, Remedy::Wait, "a script keeps Redis busy"},
    {"OOM", GH_UNAVAILABLE, Remedy::None, "Redis has reached its maxmemory: raise it"},
    {"MISCONF", GH_UNAVAILABLE, Remedy::None, "Redis cannot save to disk and refuses writes: see its own log"},
    {"NOREPLICAS", GH_UNAVAILABLE, Remedy::Wait, "Redis has fewer good replicas than its min-replicas-to-write"},
    {"UNKILLABLE", GH_UNAVAILABLE, Remedy::Wait, "a script keeps Redis busy"},
    {"NOAUTH", GH_DENIED, Remedy::None, "Redis wants a password: set the settings username and password"},
    {"WRONGPASS", GH_DENIED, Remedy::None, "Redis refuses the user or the password: check username and password"},
    {"ERR invalid password", GH_DENIED, Remedy::None, "Redis refuses the password: check the setting password"},
    {"ERR AUTH", GH_DENIED, Remedy::None, "Redis has no password set: take the setting password away"},
    {"NOPERM", GH_DENIED, Remedy::None, "the Redis user lacks a right: see the ACL line in the plugin's README"},
    {"ERR The user executing the script", GH_DENIED, Remedy::None,
     "the Redis user lacks a right: see the ACL line in the plugin's README"},
    {"The user executing the script", GH_DENIED, Remedy::None,
     "the Redis user lacks a right: see the ACL line in the plugin's README"},
    {"ERR max number of clients", GH_UNAVAILABLE, Remedy::Wait, "Redis has no room for another connection"},
    {"CROSSSLOT", GH_INTERNAL, Remedy::None, "a commit left its hash slot"},
    {"", GH_INTERNAL, Remedy::None, "Redis gave an error this plugin does not know"},
}};

bool begins(std::string_view text, std::string_view with) noexcept { return text.substr(0, with.size()) == with; }

// What a script met. Redis 7 passes it on with the same first word; 6.2 wraps it: "ERR Error running script (call to
// f_DIGEST): @user_script:12: @user_script: 12: -READONLY ...".
std::string_view cause_of(std::string_view error) noexcept {
  constexpr std::string_view wrapping = "ERR Error running script (call to ";
  constexpr std::string_view called = "): ";
  constexpr std::string_view place = "@user_script:";
  if (begins(error, wrapping)) {
    const auto end = error.find(called);
    if (end != std::string_view::npos) error.remove_prefix(end + called.size());
  }
  while (begins(error, place)) {
    const auto end = error.find(": ", place.size() + 1);
    if (end == std::string_view::npos) break;
    error.remove_prefix(end + 2);
  }
  if (begins(error, "-")) error.remove_prefix(1);
  return error;
}

}  // namespace

void Reply::release(redisReply* reply) noexcept { freeReplyObject(reply); }

bool Reply::is_error() const noexcept { return reply_->type == REDIS_REPLY_ERROR; }
bool Reply::is_nil() const noexcept { return reply_->type == REDIS_REPLY_NIL; }
bool Reply::is_array() const noexcept { return reply_->type == REDIS_REPLY_ARRAY; }

std::string_view Reply::text() const {
  const int type = reply_->type;
  if (type != REDIS_REPLY_STRING && type != REDIS_REPLY_STATUS && type != REDIS_REPLY_ERROR) unexpected();
  return {reply_->str, reply_->len};
}

std::int64_t Reply::integer() const {
  if (reply_->type != REDIS_REPLY_INTEGER) unexpected();
  return reply_->integer;
}

std::size_t Reply::size() const {
  if (reply_->type != REDIS_REPLY_ARRAY) unexpected();
  return reply_->elements;
}

Reply Reply::operator[](std::size_t at) const {
  if (at >= size()) unexpected();
  return Reply(root_, reply_->element[at]);
}

const ErrorRow& row_of(std::string_view error) noexcept {
  const auto cause = cause_of(error);
  for (const ErrorRow& row : rows) {
    if (begins(cause, row.begins)) return row;
  }
  return rows.back();
}

}  // namespace gatehouse::store_redis

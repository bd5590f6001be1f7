// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct redisReply;

namespace gatehouse::store_redis {

// An answer of Redis, owned. Asking one of another type than it is throws sdk::StatusError(GH_INTERNAL).
class Reply {
 public:
  explicit Reply(redisReply* reply) : root_(reply, &release), reply_(reply) {}

  bool is_error() const noexcept;
  bool is_nil() const noexcept;
  bool is_array() const noexcept;
  std::string_view text() const;  // of a string, a status or an error
  std::int64_t integer() const;
  std::size_t size() const;             // of an array
  Reply operator[](std::size_t) const;  // shares the whole answer

 private:
  static void release(redisReply* reply) noexcept;
  Reply(std::shared_ptr<redisReply> root, redisReply* reply) : root_(std::move(root)), reply_(reply) {}

  std::shared_ptr<redisReply> root_;
  redisReply* reply_;
};

// What an error of Redis means. An error is an answer: the command did nothing.
enum class Remedy : std::uint8_t {
  None,       // tell the caller
  Load,       // send the scripts, ask again
  Redirect,   // MOVED: the slot has gone to another node for good
  Ask,        // this once, the other node
  Elsewhere,  // not the master (any more): find out who is, ask again
  Wait,       // it passes: ask again shortly
};

struct ErrorRow {
  std::string_view begins;  // the first words of the error
  gh_status status;         // what the caller gets when no remedy helped
  Remedy remedy;
  std::string_view words;  // for the operator
};

// The row for an error text, also one that a script has passed on; the last row fits every text.
const ErrorRow& row_of(std::string_view error) noexcept;

}  // namespace gatehouse::store_redis

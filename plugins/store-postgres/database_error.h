// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>
#include <gatehouse/sdk/status.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::store_postgres {

// What the server, or the lack of it, said to one statement.
class DatabaseError : public std::runtime_error {
 public:
  // Why there was no answer, where there was none.
  enum class Loss : std::uint8_t {
    None,        // the server answered
    Connection,  // the connection ended
    Deadline     // we ended it because the call's time was over
  };
  DatabaseError(std::string sqlstate, Loss loss, const std::string& words)
      : std::runtime_error(words), sqlstate_(std::move(sqlstate)), loss_(loss) {}

  // Five characters, or empty where the server sent none.
  const std::string& sqlstate() const noexcept { return sqlstate_; }
  Loss loss() const noexcept { return loss_; }

 private:
  std::string sqlstate_;
  Loss loss_;
};

// Whether the server was reached and would not have us: a wrong password, no such database or role, no right to it.
// That does not pass by itself. The client library has no SQLSTATE for a connection that did not come about, so its
// words are read (in English, as the library and a server without lc_messages say them); with several hosts, when all
// refuse.
bool is_refusal(std::string_view words) noexcept;

// How far a call had come when a statement failed. It decides what an ended connection means.
enum class Step : std::uint8_t {
  Read,    // changes nothing
  Inside,  // in a transaction that has not been told to commit: the server rolls back
  Commit   // a commit, or one statement that is its own transaction
};

// What to do about it beside telling the host.
enum class Remedy : std::uint8_t {
  None,
  Retry,        // the same again may work at once: the server chose this transaction to give way
  Reconnect,    // this connection is of no more use
  ReconnectAll  // nor are the others: the server went away, or is no longer the one that takes writes
};

struct Verdict {
  gh_status status;
  Remedy remedy;
};

// The table of SQLSTATEs: README.md. Pure.
Verdict judge(std::string_view sqlstate, DatabaseError::Loss loss, Step step) noexcept;
// The error's row in that table. A record that is too large and a queue of announcements that is full have one
// SQLSTATE; the word NOTIFY, which no translation of the server's texts changes, tells them apart.
std::string_view rule_of(const DatabaseError& error) noexcept;
inline Verdict judge(const DatabaseError& error, Step step) noexcept {
  return judge(rule_of(error), error.loss(), step);
}

// Without what the server or the library says in further lines: positions, hints.
inline std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

// The status with a sentence for the operator's log.
sdk::Status to_status(const DatabaseError& error, Step step);

}  // namespace gatehouse::store_postgres

// SPDX-License-Identifier: Apache-2.0
#include "database_error.h"

#include <algorithm>
#include <iterator>

namespace gatehouse::store_postgres {
namespace {

struct Row {
  std::string_view prefix;  // of the SQLSTATE; the first row that fits counts
  gh_status status;
  Remedy remedy;
  std::string_view advice;
};

// Of 54000, what a commit with announcements meets.
constexpr std::string_view queue_full = "54000 NOTIFY";

// Every row says that nothing happened: the server answered a statement with an error, and took it back. What else an
// ended connection means is judge()'s.
constexpr Row rows[] = {
    {"40001", GH_UNAVAILABLE, Remedy::Retry, "transactions got in each other's way, also after several attempts"},
    {"40P01", GH_UNAVAILABLE, Remedy::Retry, "transactions waited for each other, also after several attempts"},
    {"55P03", GH_UNAVAILABLE, Remedy::Retry, "a lock is held by somebody else"},
    {"57014", GH_TIMEOUT, Remedy::None, "the statement took longer than the call may; look for locks and load"},
    {"25006", GH_UNAVAILABLE, Remedy::ReconnectAll,
     "this server takes no writes; the next attempt looks for the one that does"},
    {"57P", GH_UNAVAILABLE, Remedy::ReconnectAll, "the server is stopping or starting"},
    {"25P03", GH_UNAVAILABLE, Remedy::Reconnect, "the server ended an idle transaction"},
    {"08", GH_UNAVAILABLE, Remedy::Reconnect, "the connection failed"},
    {"53100", GH_UNAVAILABLE, Remedy::None, "the server's disk is full; make room"},
    {"53200", GH_UNAVAILABLE, Remedy::Reconnect, "the server is out of memory"},
    {"53300", GH_UNAVAILABLE, Remedy::Reconnect,
     "the server has no connection left; raise its max_connections or lower ours"},
    {"53", GH_UNAVAILABLE, Remedy::None, "the server is short of something"},
    {"58", GH_UNAVAILABLE, Remedy::None, "the server's system failed; see its log"},
    {"0A000", GH_UNAVAILABLE, Remedy::Reconnect, "a table has changed; a new connection sees it as it is"},
    {"26000", GH_UNAVAILABLE, Remedy::Reconnect,
     "a prepared statement is gone; a pooler in between must keep sessions"},
    {"42501", GH_DENIED, Remedy::None,
     "the role lacks a right; `gatehouse migrate up` grants the server's role all it needs"},
    {"28", GH_DENIED, Remedy::Reconnect, "the server refuses our login or password"},
    {"3D000", GH_DENIED, Remedy::Reconnect, "there is no such database"},
    {"42P01", GH_UNAVAILABLE, Remedy::None,
     "a table that was there at start is gone, or its schema is closed to the server's role, which `gatehouse migrate "
     "up` opens again"},
    {"42703", GH_UNAVAILABLE, Remedy::None,
     "a column that was there at start is gone; restart for a check of the whole table"},
    {queue_full, GH_UNAVAILABLE, Remedy::None,
     "the queue of NOTIFY is full: some session of this PostgreSQL server listens and has a transaction open; end it "
     "(pg_notification_queue_usage(), pg_stat_activity)"},
    {"54", GH_INVALID, Remedy::None, "the record is larger than the server takes"},
    {"22", GH_INVALID, Remedy::None, "the server cannot hold a value of this record"},
    {"23", GH_INVALID, Remedy::None, "the record breaks a constraint that the host's schema does not know"},
};

constexpr Row unknown = {"", GH_INTERNAL, Remedy::Reconnect, "the plugin has no rule for this error"};

const Row& row_of(std::string_view sqlstate) noexcept {
  for (const Row& row : rows) {
    if (sqlstate.substr(0, row.prefix.size()) == row.prefix) return row;
  }
  return unknown;
}

// The server's first line only: what follows (DETAIL, CONTEXT) may hold the record. Of errors about data not even that.
std::string_view telling(const DatabaseError& error) {
  const std::string_view words = error.what();
  const std::string_view kind = std::string_view(error.sqlstate()).substr(0, 2);
  if (kind == "22" || kind == "23") return {};
  return words.substr(0, words.find('\n'));
}

}  // namespace

std::string_view rule_of(const DatabaseError& error) noexcept {
  const bool of_notify =
      error.sqlstate() == "54000" && std::string_view(error.what()).find("NOTIFY") != std::string_view::npos;
  return of_notify ? queue_full : std::string_view(error.sqlstate());
}

Verdict judge(std::string_view sqlstate, DatabaseError::Loss loss, Step step) noexcept {
  // A server that is told to end answers some statement with 57P01; whether a commit had been done by then is open.
  const bool lost = loss != DatabaseError::Loss::None || sqlstate.substr(0, 3) == "57P";
  if (!lost) {
    const Row& row = row_of(sqlstate);
    return {row.status, row.remedy};
  }
  if (loss == DatabaseError::Loss::Deadline) {
    return {step == Step::Commit ? GH_IN_DOUBT : GH_TIMEOUT, Remedy::Reconnect};
  }
  return {step == Step::Commit ? GH_IN_DOUBT : GH_UNAVAILABLE,
          sqlstate.empty() ? Remedy::Reconnect : Remedy::ReconnectAll};
}

sdk::Status to_status(const DatabaseError& error, Step step) {
  const Verdict verdict = judge(error, step);
  std::string sentence;
  if (error.loss() == DatabaseError::Loss::Deadline) {
    sentence = "the server did not answer in the call's time";
  } else if (error.loss() == DatabaseError::Loss::Connection) {
    sentence = "the connection ended before the answer";
  } else {
    sentence = std::string(row_of(rule_of(error)).advice) + " (SQLSTATE " + error.sqlstate() + ")";
  }
  if (verdict.status == GH_IN_DOUBT) sentence += "; it may have been done";
  if (const auto words = telling(error); !words.empty()) sentence += ": " + std::string(words);
  return {verdict.status, std::move(sentence)};
}

bool is_refusal(std::string_view words) noexcept {
  constexpr std::string_view passing[] = {"starting up",
                                          "shutting down",
                                          "recovery",
                                          "connection slots",
                                          "too many",
                                          "not accepting",
                                          "Connection refused",
                                          "timeout",
                                          "timed out",
                                          "No such file",
                                          "could not translate",
                                          "No route",
                                          "unreachable",
                                          "closed the connection",
                                          "read-only",
                                          "hot standby"};
  if (words.find("FATAL:") == std::string_view::npos) return false;
  return std::none_of(std::begin(passing), std::end(passing),
                      [&](std::string_view each) { return words.find(each) != std::string_view::npos; });
}

}  // namespace gatehouse::store_postgres

// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include "text_forms.h"

#include <poll.h>
#include <charconv>
#include <unordered_set>
#include <utility>

#include <pqxx/pqxx>

namespace gatehouse::store_postgres {
namespace {

constexpr std::int64_t longest_ms = 3'600'000;
constexpr std::int64_t setup_patience_ns = 2'000'000'000;

// What is left of a call but a sixteenth, in which the server says that it has given up: a change it says nothing of is
// in doubt. Rounded down to one of few numbers, each a quarter above the one before: calls with about the same time
// left share a setting and need not send it.
std::int64_t statement_timeout_ms(std::int64_t left_ns) noexcept {
  const std::int64_t left_ms = left_ns / 16 * 15 / 1'000'000;
  std::int64_t step = 1;
  while (step * 5 / 4 + 1 <= left_ms && step < longest_ms) step = step * 5 / 4 + 1;
  return step;
}

// libpqxx 6 says some states by the type alone. Empty: the server sent none, or it does not know either how the
// statement ended.
std::string sqlstate_of(const pqxx::failure& error) {
  if (dynamic_cast<const pqxx::serialization_failure*>(&error) != nullptr) return "40001";
  if (dynamic_cast<const pqxx::deadlock_detected*>(&error) != nullptr) return "40P01";
  if (dynamic_cast<const pqxx::too_many_connections*>(&error) != nullptr) return "53300";
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
  if (dynamic_cast<const pqxx::statement_completion_unknown*>(&error) != nullptr) return {};
  const auto* said = dynamic_cast<const pqxx::sql_error*>(&error);
  return said == nullptr ? std::string() : said->sqlstate();
}

}  // namespace

struct Rows::Held {
  pqxx::result result;
};

Rows::Rows(std::unique_ptr<Held> held) : held_(std::move(held)) {}
Rows::~Rows() = default;
Rows::Rows(Rows&&) noexcept = default;

using RowNumber = pqxx::result::size_type;

std::size_t Rows::size() const { return static_cast<std::size_t>(held_->result.size()); }
std::size_t Rows::affected() const { return static_cast<std::size_t>(held_->result.affected_rows()); }

std::string_view Rows::text(std::size_t row, std::size_t column) const& {
  const auto field = held_->result[static_cast<RowNumber>(row)][static_cast<pqxx::row::size_type>(column)];
  return {field.c_str(), field.size()};
}

void Rows::read(std::size_t row, std::size_t first, std::vector<std::string_view>& cells) const {
  // libpqxx keeps the result alive for each field it gives; an iterator is one field that moves.
  auto field = held_->result[static_cast<RowNumber>(row)].begin() + static_cast<pqxx::row::difference_type>(first);
  for (auto& cell : cells) {
    cell = field->is_null() ? std::string_view() : std::string_view(field->c_str(), field->size());
    ++field;
  }
}

std::int64_t Rows::integer(std::size_t row, std::size_t column) const {
  const auto digits = text(row, column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw sdk::StatusError(GH_INTERNAL, "the server sent something else than a number");
  }
  return number;
}

std::vector<const char*> Parameters::pointers() const {
  std::vector<const char*> pointers;
  pointers.reserve(offsets_.size());
  for (const std::size_t offset : offsets_) {
    pointers.push_back(offset == null_offset ? nullptr : text_.data() + offset);
  }
  return pointers;
}

struct Connection::State {
  explicit State(const std::string& connection_string) : connection(connection_string) {}

  pqxx::result run(const Statement& statement, const Parameters& parameters) {
    if (prepared.count(statement.name) == 0) {
      // libpqxx 7 asks the server at once, which may refuse.
      connection.prepare(statement.name, statement.sql);
      prepared.insert(statement.name);
    }
    pqxx::nontransaction direct(connection);
#if PQXX_VERSION_MAJOR < 7
    return direct.exec_prepared(statement.name, pqxx::prepare::make_dynamic_params(parameters.pointers()));
#else
    pqxx::params values;
    for (const char* text : parameters.pointers()) {
      if (text == nullptr) {
        values.append();
      } else {
        values.append(std::string(text));
      }
    }
    return direct.exec_prepared(pqxx::zview(statement.name), values);
#endif
  }

  pqxx::connection connection;
  std::unordered_set<std::string> prepared;
};

// Runs one statement under the watchdog, and says in our words how it failed.
template <class Body>
Rows Connection::guarded(Body&& body) {
  using Loss = DatabaseError::Loss;
  // libpqxx 6 would connect anew by itself, without the role and all else a connection is set up with.
  if (spoiled_ || !state_->connection.is_open()) throw DatabaseError({}, Loss::Connection, "the connection has ended");
  watchdog_.arm(*watch_, deadline_ns_);
  std::string sqlstate;
  std::string words;
  Loss loss = Loss::None;
  try {
    auto held = std::make_unique<Rows::Held>(Rows::Held{body()});
    // When the socket was shut just after the answer came, the next look at the connection finds it.
    static_cast<void>(watchdog_.disarm(*watch_));
    return Rows(std::move(held));
  } catch (const pqxx::failure& error) {
    sqlstate = sqlstate_of(error);
    words = error.what();
    if (sqlstate.empty()) loss = Loss::Connection;
  } catch (const std::exception& error) {
    // No memory for the answer, for one: what the server has done is not known.
    words = error.what();
    loss = Loss::Connection;
    spoil();
  }
  if (!watchdog_.disarm(*watch_) && sqlstate.empty()) loss = Loss::Deadline;
  throw DatabaseError(std::move(sqlstate), loss, words);
}

Connection::Connection(const std::string& connection_string, const std::string& setup, Watchdog& watchdog)
    : watchdog_(watchdog) {
  try {
    state_ = std::make_unique<State>(connection_string);
  } catch (const pqxx::failure& error) {
    if (is_refusal(error.what())) throw DatabaseError("28000", DatabaseError::Loss::None, error.what());
    throw DatabaseError({}, DatabaseError::Loss::Connection, error.what());
  }
  watch_ = std::make_unique<Watchdog::Watch>(state_->connection.sock());
  watchdog_.add(*watch_);
  deadline_ns_ = watchdog_.now_ns() + setup_patience_ns;
  try {
    run(setup);
  } catch (...) {
    watchdog_.remove(*watch_);
    throw;
  }
}

Connection::~Connection() { watchdog_.remove(*watch_); }

bool Connection::alive() const noexcept {
  pollfd entry{state_->connection.sock(), POLLIN | POLLRDHUP, 0};
  return !spoiled_ && state_->connection.is_open() && ::poll(&entry, 1, 0) == 0;
}

void Connection::prepare_for(std::string_view tenant, std::int64_t deadline_ns, std::int64_t now_ns) {
  static const Statement set{
      "set", "SELECT set_config('gatehouse.tenant', $1, false), set_config('statement_timeout', $2, false)"};
  deadline_ns_ = deadline_ns;
  const std::int64_t timeout_ms = statement_timeout_ms(deadline_ns - now_ns);
  if (tenant_known_ && tenant == tenant_ && timeout_ms == timeout_ms_) return;
  tenant_known_ = false;
  Parameters parameters;
  parameters.add_with([&](std::string& out) { append_key(out, tenant); });
  parameters.add(timeout_ms);
  run(set, parameters);
  tenant_ = tenant;
  timeout_ms_ = timeout_ms;
  tenant_known_ = true;
}

Rows Connection::run(const Statement& statement, const Parameters& parameters) {
  return guarded([&] { return state_->run(statement, parameters); });
}

Rows Connection::run(const std::string& sql) {
  return guarded([&] {
    pqxx::nontransaction direct(state_->connection);
    return direct.exec(sql);
  });
}

}  // namespace gatehouse::store_postgres

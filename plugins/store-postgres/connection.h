// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "database_error.h"
#include "watchdog.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_postgres {

// An SQL statement that connections prepare once, each for itself.
struct Statement {
  std::string name;  // unique in the plugin
  std::string sql;   // with $1, $2, ..
};

// The values of one execution, as texts. Kept in one piece of memory.
class Parameters {
 public:
  void add_null() { offsets_.push_back(null_offset); }
  void add(std::string_view text) {
    offsets_.push_back(text_.size());
    text_.append(text).push_back('\0');
  }
  void add(std::int64_t number) { add(std::string_view(std::to_string(number))); }
  // For forms that are made in place: `append` puts a text without NUL at the end of the string it gets.
  template <class Append>
  void add_with(Append&& append) {
    offsets_.push_back(text_.size());
    append(text_);
    text_.push_back('\0');
  }
  std::size_t size() const noexcept { return offsets_.size(); }
  // Room for so many bytes of text, where much is to come.
  void reserve(std::size_t bytes) { text_.reserve(bytes); }
  // Null: NULL. Valid until the next add.
  std::vector<const char*> pointers() const;

 private:
  static constexpr std::size_t null_offset = static_cast<std::size_t>(-1);
  std::string text_;
  std::vector<std::size_t> offsets_;
};

// The rows a statement gave.
class Rows {
 public:
  struct Held;
  explicit Rows(std::unique_ptr<Held> held);
  ~Rows();
  Rows(Rows&&) noexcept;

  std::size_t size() const;
  // Rows that an INSERT, UPDATE or DELETE has changed.
  std::size_t affected() const;
  // Valid as long as the rows; empty where NULL.
  std::string_view text(std::size_t row, std::size_t column) const&;
  std::string_view text(std::size_t row, std::size_t column) const&& = delete;  // it would outlive its rows
  std::int64_t integer(std::size_t row, std::size_t column) const;
  // As many columns from `first` on as there are cells; a cell without data is NULL. Quicker than to ask for each.
  void read(std::size_t row, std::size_t first, std::vector<std::string_view>& cells) const;

 private:
  std::unique_ptr<Held> held_;
};

// One connection to the server. One thread at a time. All failures are DatabaseError; after one with a loss the
// connection is of no more use. libpqxx 6 and 7 alike, and nothing of it outside of connection.cpp.
class Connection {
 public:
  // Connects, for as long as the connection string lets it. `setup`: statements that are run once.
  Connection(const std::string& connection_string, const std::string& setup, Watchdog& watchdog);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // False: the server has closed it, or sent what nobody asked for. Costs one system call.
  bool alive() const noexcept;

  // Everything that follows is for this tenant, as row-level security sees it, and ends by `deadline_ns`: by itself on
  // the server a little before, by the watchdog then. Talks to the server only when something has changed.
  void prepare_for(std::string_view tenant, std::int64_t deadline_ns, std::int64_t now_ns);

  // The same for work that belongs to no call of a store: only the watchdog's end of it.
  void limit(std::int64_t deadline_ns) noexcept { deadline_ns_ = deadline_ns; }

  Rows run(const Statement& statement, const Parameters& parameters);
  // Several statements at once, without parameters.
  Rows run(const std::string& sql);

  const std::string& tenant() const noexcept { return tenant_; }

  // Its state is not known: nobody is to use it again.
  void spoil() noexcept { spoiled_ = true; }

 private:
  struct State;
  template <class Body>
  Rows guarded(Body&& body);

  std::unique_ptr<State> state_;
  Watchdog& watchdog_;
  std::unique_ptr<Watchdog::Watch> watch_;
  std::string tenant_;
  bool tenant_known_ = false;
  bool spoiled_ = false;
  std::int64_t timeout_ms_ = 0;
  std::int64_t deadline_ns_ = 0;
};

}  // namespace gatehouse::store_postgres

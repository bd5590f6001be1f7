// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::check::store {

// What one record is: its version and which write it is the value of. Version 0: it is not there.
struct Register {
  std::int64_t version = 0;
  std::int64_t value = 0;
  auto operator<=>(const Register&) const = default;
};

// One call on one record, as its caller saw it. `begin` and `end` are taken from one counter that all threads share, so
// a call that ended before another began has the smaller numbers.
struct Operation {
  enum class Kind : std::uint8_t { Read, Put, Delete };
  enum class Outcome : std::uint8_t { Done, Conflict, InDoubt };
  Kind kind = Kind::Read;
  Outcome outcome = Outcome::Done;
  std::int64_t expected = 0;  // put, delete: the version
  std::int64_t value = 0;     // put: its own number
  Register seen{};            // read
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

// Is there an order of all these operations in which each one sees what the ones before it left, and which keeps the
// order of operations that did not overlap? At most 32 of them, on a record that is not there at first.
//
// The search is Wing and Gong's with Lowe's memory of states that led nowhere.
bool linearizable(const std::vector<Operation>& operations);

// "[3, 8] put expecting version 1: done".
std::string text_of(const Operation& operation);

}  // namespace gatehouse::check::store

// SPDX-License-Identifier: Apache-2.0
#include "store/linearizability.h"

#include <limits>
#include <set>
#include <tuple>

namespace gatehouse::check::store {
namespace {

using Outcome = Operation::Outcome;

bool applies(const Operation& operation, const Register& now) { return now.version == operation.expected; }

Register applied(const Operation& operation) {
  if (operation.kind == Operation::Kind::Delete) return {};
  return {operation.expected + 1, operation.value};
}

class Search {
 public:
  explicit Search(const std::vector<Operation>& operations) : operations_(operations) {}

  bool from(std::uint64_t placed, const Register& now) {
    if (placed == all()) return true;
    if (!been_.insert({placed, now}).second) return false;
    const std::int64_t first_end = first_end_of_the_rest(placed);
    for (std::size_t at = 0; at < operations_.size(); ++at) {
      const std::uint64_t bit = std::uint64_t{1} << at;
      // One that began after another had ended cannot come before it.
      if ((placed & bit) != 0 || operations_[at].begin > first_end) continue;
      if (place(operations_[at], placed | bit, now)) return true;
    }
    return false;
  }

 private:
  std::uint64_t all() const { return (std::uint64_t{1} << operations_.size()) - 1; }

  std::int64_t first_end_of_the_rest(std::uint64_t placed) const {
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    for (std::size_t at = 0; at < operations_.size(); ++at) {
      const bool ends = operations_[at].outcome != Outcome::InDoubt;
      if ((placed >> at & 1) == 0 && ends) first = std::min(first, operations_[at].end);
    }
    return first;
  }

  bool place(const Operation& operation, std::uint64_t placed, const Register& now) {
    if (operation.kind == Operation::Kind::Read) return operation.seen == now && from(placed, now);
    switch (operation.outcome) {
      case Outcome::Done: return applies(operation, now) && from(placed, applied(operation));
      case Outcome::Conflict: return !applies(operation, now) && from(placed, now);
      case Outcome::InDoubt: break;
    }
    return from(placed, now) || (applies(operation, now) && from(placed, applied(operation)));
  }

  const std::vector<Operation>& operations_;
  std::set<std::tuple<std::uint64_t, Register>> been_;
};

}  // namespace

bool linearizable(const std::vector<Operation>& operations) { return Search(operations).from(0, {}); }

std::string text_of(const Operation& operation) {
  std::string text("[");
  text.append(std::to_string(operation.begin)).append(", ").append(std::to_string(operation.end)).append("] ");
  if (operation.kind == Operation::Kind::Read) {
    if (operation.seen.version == 0) return text + "get: no record";
    return text + "get: version " + std::to_string(operation.seen.version) + " of write " +
           std::to_string(operation.seen.value);
  }
  text += operation.kind == Operation::Kind::Delete ? "delete" : "put as write " + std::to_string(operation.value);
  text += " expecting version " + std::to_string(operation.expected) + ": ";
  switch (operation.outcome) {
    case Outcome::Done: return text + "GH_OK";
    case Outcome::Conflict: return text + "GH_CONFLICT";
    case Outcome::InDoubt: break;
  }
  return text + "GH_IN_DOUBT";
}

}  // namespace gatehouse::check::store

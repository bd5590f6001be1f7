// SPDX-License-Identifier: Apache-2.0
#include "store/linearizability.h"
#include "store/store.h"
#include "store/store_cases.h"
#include "store/threads.h"

#include <array>
#include <atomic>
#include <random>
#include <string>
#include <vector>

namespace gatehouse::check::store {
namespace {

constexpr int threads = 4;
constexpr int operations_a_thread = 6;

// What one thread does to one record: reads, and writes that expect what it read last or what it guesses.
class Actor {
 public:
  Actor(Store& store, std::atomic<std::int64_t>& ticket, Key key, std::uint64_t seed, int number)
      : store_(store), ticket_(ticket), key_(std::move(key)), random_(seed), number_(number) {}

  std::vector<Operation> act() {
    std::vector<Operation> done;
    for (int at = 0; at < operations_a_thread; ++at) {
      // On few cores threads would otherwise run one after another.
      if (random_() % 3 == 0) std::this_thread::yield();
      const std::uint64_t choice = random_() % 10;
      if (choice < 4) {
        read(done);
      } else if (choice < 9 || known_ == 0) {
        write(done, Operation::Kind::Put, choice == 4 ? 0 : known_, at);
      } else {
        write(done, Operation::Kind::Delete, known_, at);
      }
    }
    return done;
  }

 private:
  void read(std::vector<Operation>& done) {
    Operation operation;
    operation.begin = ticket_.fetch_add(1);
    const auto record = store_.read(kind::Session, key_);
    operation.end = ticket_.fetch_add(1);
    if (record) operation.seen = {record->version, record->values[session::Counter].i};
    known_ = operation.seen.version;
    done.push_back(operation);
  }

  void write(std::vector<Operation>& done, Operation::Kind kind, std::int64_t expected, int at) {
    Operation operation;
    operation.kind = kind;
    operation.expected = expected;
    operation.value = number_ * operations_a_thread + at + 1;
    const Write write = kind == Operation::Kind::Put
                            ? put(kind::Session, key_, expected, session_of("o", 0, operation.value))
                            : remove(kind::Session, key_, expected);
    operation.begin = ticket_.fetch_add(1);
    const gh_status status = store_.commit(write).status;
    operation.end = ticket_.fetch_add(1);
    // Nothing happened, and nothing was learnt.
    if (status == GH_UNAVAILABLE || status == GH_TIMEOUT) return;
    operation.outcome = status == GH_OK         ? Operation::Outcome::Done
                        : status == GH_CONFLICT ? Operation::Outcome::Conflict
                                                : Operation::Outcome::InDoubt;
    if (status == GH_OK) known_ = kind == Operation::Kind::Put ? expected + 1 : 0;
    done.push_back(operation);
  }

  Store& store_;
  std::atomic<std::int64_t>& ticket_;
  const Key key_;
  std::mt19937_64 random_;
  const int number_;
  std::int64_t known_ = 0;
};

void must_be_linearizable(Store& store, const std::array<std::vector<Operation>, threads>& by_thread, int round) {
  std::vector<Operation> all;
  for (const auto& one : by_thread) all.insert(all.end(), one.begin(), one.end());
  if (linearizable(all)) return;
  for (int thread = 0; thread < threads; ++thread) {
    for (const Operation& operation : by_thread[static_cast<std::size_t>(thread)]) {
      store.context().detail("thread " + std::to_string(thread) + ": " + text_of(operation));
    }
  }
  store.differ("an order that explains what every thread saw", "none", "round " + std::to_string(round));
}

void histories_of_one_record(Store& store) {
  store.needs(kind::Session);
  store.during("4 threads get, put and delete one record");
  std::atomic<std::int64_t> ticket{0};
  std::array<std::vector<Operation>, threads> by_thread;
  Rounds rounds = store.timed_rounds(1'500);
  in_rounds(
      threads, rounds,
      [&](int thread, int round) {
        const auto number = static_cast<std::uint64_t>(round * threads + thread);
        Actor actor(store, ticket, store.key(std::to_string(round)), store.context().seed() + number, thread);
        by_thread[static_cast<std::size_t>(thread)] = actor.act();
      },
      [&](int round) { must_be_linearizable(store, by_thread, round); });
}

constexpr Check checks[] = {{"what threads see of one record has an order", histories_of_one_record}};

}  // namespace

std::vector<Case> linear_cases() {
  return {
      store_case("store.linearizable",
                 "Concurrent gets, puts and deletes of one record are as if one came after another.",
                 [](Context& context) { run_checks(context, checks); }),
  };
}

}  // namespace gatehouse::check::store

// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// Deadlines that pass while a call is inside.
namespace gatehouse::check::store {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds enough{30};

bool says_nothing_happened(gh_status status) {
  return status == GH_TIMEOUT || status == GH_UNAVAILABLE || status == GH_DENIED;
}

void must_not_be_there(const Store& store, const Key& key, const std::string& status, const char* when) {
  const auto record = store.read(kind::Session, key);
  if (record) store.differ("no record, as the commit was answered " + status, text_of(record), when);
}

// From 50 us, where most stores have hardly begun, to a few ms, where most are done: somewhere between lies the moment
// at which the deadline passes while the commit is on its way.
void what_is_said_not_to_have_happened_has_not(Store& store) {
  store.needs(kind::Session);
  std::mt19937_64 random(store.context().seed());
  std::vector<std::pair<Key, std::string>> refused;
  Rounds rounds = store.timed_rounds(300);
  for (int round = 0; rounds.more(round); ++round) {
    // One record for each round: what is in doubt may come about later.
    const Key first = store.key(named("a", round));
    const Key second = store.key(named("b", round));
    store.time_left(50us * (1 + static_cast<std::int64_t>(random() % 8)) * (1 << random() % 5));
    const Committed done =
        store.commit({put(kind::Session, first, 0, session_of("o")), put(kind::Session, second, 0, session_of("o"))});
    store.time_left(enough);
    if (says_nothing_happened(done.status)) {
      for (const Key& key : {first, second}) {
        must_not_be_there(store, key, status_name(done.status), "what is there right after");
        refused.emplace_back(key, status_name(done.status));
      }
    } else if (done.status != GH_IN_DOUBT) {
      store.answers(done, GH_OK);
      store.has(kind::Session, first);
      store.has(kind::Session, second);
    }
  }
  for (const auto& [key, status] : refused) must_not_be_there(store, key, status, "what is there in the end");
  store.context().detail(std::to_string(refused.size() / 2) + " of " + std::to_string(rounds.done()) +
                         " commits ran out of time");
}

// A reader whose sink keeps the store waiting until it is let go.
class SlowSink {
 public:
  SlowSink(Store& store, const std::function<void()>& read) : store_(store), patience_(patience(store)) {
    store.while_delivering([this] { deliver(); });
    reader_ = std::thread([this, read] {
      slow_ = std::this_thread::get_id();
      read();
      if (!delivered_) inside_.set_value();
    });
    inside_.get_future().wait();
  }
  ~SlowSink() {
    let_go_.set_value();
    reader_.join();
    store_.while_delivering({});
  }
  SlowSink(const SlowSink&) = delete;
  SlowSink& operator=(const SlowSink&) = delete;

  // How long after its deadline a call may still be told from one that waits for the sink.
  static Clock::duration patience(const Store& store) {
    return std::chrono::duration_cast<Clock::duration>(1s *
                                                       std::clamp(store.context().subject().time_factor, 1.0, 3.0));
  }

 private:
  // On the reader's thread, once: a store that waits for the sink must come out of it some time.
  void deliver() {
    if (std::this_thread::get_id() != slow_ || std::exchange(delivered_, true)) return;
    inside_.set_value();
    let_go_.get_future().wait_for(2 * patience_);
  }

  Store& store_;
  const Clock::duration patience_;
  std::atomic<std::thread::id> slow_{};
  bool delivered_ = false;
  std::promise<void> inside_;
  std::promise<void> let_go_;
  std::thread reader_;
};

template <class Call>
void must_come_back(Store& store, const char* what, const Call& call) {
  store.time_left(50ms);
  const auto began = Clock::now();
  const auto answer = call();
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
  store.time_left(enough);
  if (took > 50ms + SlowSink::patience(store)) {
    store.differ("an answer about then", status_name(answer.status) + " after " + std::to_string(took.count()) + " ms",
                 std::string(what) + " with a deadline of 50 ms, while another thread's sink takes its time");
  }
  const bool in_time = says_nothing_happened(answer.status) || answer.status == GH_IN_DOUBT;
  if (!in_time) store.answers(answer, GH_OK);
}

void others_come_back(Store& store) {
  const Write other = put(kind::Session, store.key("2", "q"), 1, session_of("o", 1));
  must_come_back(store, "a get of another record", [&] { return store.get(kind::Session, other.key); });
  must_come_back(store, "a commit of another record", [&] { return store.commit(other); });
  must_come_back(store, "a find", [&] { return store.find(store.all(kind::Session)); });
  const Write same = put(kind::Session, store.key("1"), 1, session_of("o", 1));
  must_come_back(store, "a commit of the record that is being delivered", [&] { return store.commit(same); });
}

void put_both(Store& store) {
  for (const Key& key : {store.key("1"), store.key("2", "q")}) store.must(put(kind::Session, key, 0, session_of("o")));
}

void a_get_that_delivers_holds_up_nobody(Store& store) {
  put_both(store);
  const SlowSink slow(store, [&] { store.get(kind::Session, store.key("1")); });
  others_come_back(store);
}

void a_find_that_delivers_holds_up_nobody(Store& store) {
  put_both(store);
  const SlowSink slow(store, [&] { store.find(store.all(kind::Session)); });
  others_come_back(store);
}

constexpr Check truths[] = {
    {"a commit that is said not to have happened has not happened", what_is_said_not_to_have_happened_has_not}};
constexpr Check sinks[] = {
    {"a get that delivers holds up nobody", a_get_that_delivers_holds_up_nobody},
    {"a find that delivers holds up nobody", a_find_that_delivers_holds_up_nobody},
};

}  // namespace

std::vector<Case> waiting_cases() {
  return {
      store_case("store.late_commits",
                 "What is answered GH_TIMEOUT or GH_UNAVAILABLE when time runs out has not happened.",
                 [](Context& context) { run_checks(context, truths); }),
      store_case(
          "store.slow_sinks", "Calls come back about their deadlines while the sink of another one is busy.",
          [](Context& context) {
            if (context.plugin().max_concurrency == 1) context.skip("it takes one call at a time");
            run_checks(context, sinks);
          },
          std::chrono::seconds(40)),
  };
}

}  // namespace gatehouse::check::store

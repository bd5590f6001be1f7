// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calling.h"
#include "context.h"
#include "instance.h"
#include "rounds.h"
#include "store/cast.h"
#include "store/suite_schema.h"
#include "store/verbs.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <variant>
#include <vector>

namespace gatehouse::check::store {

// Part of a name that no other run has used.
std::string name_of_run();

// The product's kinds, assigned as far as a store takes them. The details say which it does not take, and why.
Kinds kinds_it_holds(Context& context);

// A store under test: an instance of the plugin, opened with a schema, and the words for what it must do. Whatever it
// does otherwise ends the case with one sentence: the check, the last call, what was expected, what came, the seed.
//
// A store that refuses the suite's kinds is opened with those of the product it holds, and they play the suite's
// (Cast): what they cannot play throws NotHeld.
//
// Each check works with tenants of its own. A store that outlives the process gets names that no other run has used,
// so it need not be empty; but purge goes through all tenants, so it should hold nothing that anybody still wants.
//
// Any thread; the last call that a failure names is one of the thread that made the store.
class Store {
 public:
  // With the suite's kinds.
  explicit Store(Context& context);
  // With these and no others, which outlive the store. Skips the case with the store's words when it refuses them.
  Store(Context& context, const Kinds& kinds);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // From here on failures belong to this check. It gets new tenants, and what older records had an expiry is gone.
  void begin(std::string_view check);

  // Before begin(): its tenants are those of every other store that joined this run. From here on the calling thread is
  // the one whose last call a failure names.
  void join(std::string run) {
    run_ = std::move(run);
    owner_ = std::this_thread::get_id();
  }

  // What many threads do from here on: named in place of the last call.
  void during(std::string what) const { last_ = std::move(what); }

  const std::string& tenant() const noexcept { return tenant_; }
  const std::string& other_tenant() const noexcept { return other_tenant_; }
  Key key(std::string id, std::string partition = "p") const { return {tenant_, std::move(partition), std::move(id)}; }
  // All records of a kind in an index, in the check's tenant.
  Query all(std::uint32_t kind, std::uint32_t index = GH_INDEX_KEY) const;
  Query all(std::uint32_t kind, std::uint32_t index, std::vector<Value> equals) const;

  Got get(std::uint32_t kind, const Key& key, std::int64_t at = now) const;
  // Of a store that offers it.
  GotMany get_many(const std::vector<Get>& gets, std::int64_t at = now) const;
  Committed commit(const std::vector<Write>& writes, std::int64_t at = now) const;
  Committed commit(const Write& write, std::int64_t at = now) const { return commit(std::vector<Write>{write}, at); }
  Page find(const Query& query, std::int64_t at = now, std::uint64_t most = UINT64_MAX) const;
  Page count(const Query& query, std::int64_t at = now) const;
  Purged purge(std::uint32_t kind, std::int64_t before, std::uint32_t limit) const;

  // The record, or nothing; anything else than OK with one record and NOT_FOUND with none is a failure.
  std::optional<Record> read(std::uint32_t kind, const Key& key, std::int64_t at = now) const;
  void has(std::uint32_t kind, const Key& key, std::int64_t at = now) const { expect(kind, key, at); }
  void lacks(std::uint32_t kind, const Key& key, std::int64_t at = now) const {
    equal(read(kind, key, at), std::nullopt);
  }
  // The record, which must be there.
  Record expect(std::uint32_t kind, const Key& key, std::int64_t at = now) const;
  // What is there of them; anything else than GH_OK is a failure.
  std::vector<std::optional<Record>> read_many(const std::vector<Get>& gets, std::int64_t at = now) const;
  // All pages.
  std::vector<Record> find_all(Query query, std::int64_t at = now) const;
  // A commit that must succeed.
  void must(const Write& write, std::int64_t at = now) const { must(std::vector<Write>{write}, at); }
  void must(const std::vector<Write>& writes, std::int64_t at = now) const;
  // A commit that must lose, for this reason.
  void loses(const std::vector<Write>& writes, std::uint32_t conflict, std::int64_t at = now) const;
  void loses(const Write& write, std::uint32_t conflict, std::int64_t at = now) const {
    loses(std::vector<Write>{write}, conflict, at);
  }

  template <class Answer>
  void answers(const Answer& answer, gh_status expected) const {
    if (answer.status != expected)
      differ(status_name(expected), status_name(answer.status) + because(answer.words), {});
  }
  template <class T>
  void equal(const T& actual, const std::type_identity_t<T>& expected, std::string_view what = {}) const {
    if (!(actual == expected)) differ(text_of(expected), text_of(actual), what);
  }
  void that(bool holds, std::string_view what) const {
    if (!holds) differ("", "", what);
  }
  // `what` may be empty, or names what is compared. Ends the case.
  [[noreturn]] void differ(const std::string& expected, const std::string& actual, std::string_view what) const;

  // From here on run before a failure is told, on the thread that met it.
  void before_failing(std::function<void()> body) { before_failing_ = std::move(body); }

  int rounds(int usual) const noexcept { return context_.rounds(usual); }
  // The same, cut short where the backend is too slow for the time of the case.
  Rounds timed_rounds(int usual) const { return Rounds(context_, check_, usual); }
  Context& context() const noexcept { return context_; }
  const Verbs& verbs() const noexcept { return *verbs_; }
  // As checks name them.
  const Kinds& kinds() const noexcept { return cast_ ? suite_kinds() : opened_; }
  // Throws NotHeld where nothing plays this kind: for threads, which must not throw.
  void needs(std::uint32_t kind) const {
    if (cast_) cast_->kind(kind);
  }
  // Throws NotHeld where the suite's kinds are played by others.
  void needs_the_suite(const char* what) const {
    if (cast_) throw NotHeld{what};
  }
  // From here on every call comes with this much time; below zero: too late.
  void time_left(std::chrono::nanoseconds time) noexcept { time_left_ = time; }
  // From here on called with each record that is delivered, inside the store's call.
  void while_delivering(std::function<void()> body) { verbs_->while_delivering(std::move(body)); }
  // The suite's kind as the store was opened with it.
  std::uint32_t actual(std::uint32_t kind) const { return cast_ ? cast_->kind(kind) : kind; }
  gh_instance* instance() const noexcept { return verbs_->instance(); }
  bool crosses_partitions() const noexcept { return verbs_->crosses_partitions(); }
  // It says that records are still there when it is opened again, or for other hosts.
  bool outlives_the_process() const noexcept {
    return (verbs_->table().flags & (GH_STORE_DURABLE | GH_STORE_SHARED)) != 0;
  }

 private:
  struct Lookup {
    std::uint32_t kind;
    Key key;
  };
  struct Purging {
    std::uint32_t kind;
    std::int64_t before;
    std::uint32_t limit;
  };
  using LastCall =
      std::variant<std::monostate, std::string, Lookup, std::vector<Get>, std::vector<Write>, Query, Purging>;

  template <class Call>
  void remember(const Call& call, std::int64_t at) const {
    if (std::this_thread::get_id() != owner_) return;
    last_ = call;
    last_at_ = at;
  }
  // One call of a verb, as Calling does it.
  template <class Verb>
  auto call(const char* operation, std::int64_t at, const Verb& verb) const;
  void judge(std::uint32_t kind, const std::vector<Record>& records) const;
  std::string last_call() const;
  static std::string because(const std::string& words) { return words.empty() ? words : " (" + words + ")"; }

  Committed open(const Kinds& kinds);
  void begin_run();
  Purged purge_actual(std::uint32_t kind, std::int64_t before, std::uint32_t limit) const;

  Context& context_;
  Kinds opened_;  // what the store was opened with
  std::optional<Instance> instance_;
  std::optional<Verbs> verbs_;
  std::optional<Cast> cast_;
  std::chrono::nanoseconds time_left_ = std::chrono::seconds(30);
  std::thread::id owner_ = std::this_thread::get_id();
  std::string run_;  // part of every tenant's name
  std::string check_;
  std::string tenant_;
  std::string other_tenant_;
  int checks_ = 0;
  mutable std::function<void()> before_failing_;
  mutable LastCall last_;
  mutable std::int64_t last_at_ = now;
};

// One point of a case.
struct Check {
  const char* sentence;
  void (*run)(Store& store);
};

// Runs `body`, and skips the case where that throws NotHeld.
void skip_unless_held(Context& context, const std::function<void()>& body);

// Runs them one after another on one store with the suite's kinds. What they cannot be tried on is told; the case is
// skipped when that is all of them.
void run_checks(Context& context, std::span<const Check> checks);

}  // namespace gatehouse::check::store

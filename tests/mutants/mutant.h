// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/records.h"
#include "store/schema.h"
#include "store/verbs.h"
#include "store/watch.h"

#include <gatehouse/host.h>
#include <gatehouse/store.h>
#include <gatehouse/store_watch.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::mutants {

using check::store::Committed;
using check::store::Get;
using check::store::Got;
using check::store::GotMany;
using check::store::Key;
using check::store::Kinds;
using check::store::Page;
using check::store::Purged;
using check::store::Query;
using check::store::Record;
using check::store::Value;
using check::store::Verbs;
using check::store::Write;

// What a mutant stands on: a sound instance of store-memory, its host and the folder for its files.
struct Ground {
  const gh_store_v1& table;
  const gh_store_watch_v1& watch;
  gh_instance* store = nullptr;
  const gh_host& host;
  std::string folder;
};

// A store with one defect: each verb does what the sound store does, unless a mutant says otherwise. Any thread, but
// for open.
class Mutant {
 public:
  explicit Mutant(const Ground& ground) : ground_(ground), inner_(ground.table, ground.store, kinds_) {}
  virtual ~Mutant() = default;
  Mutant(const Mutant&) = delete;
  Mutant& operator=(const Mutant&) = delete;

  // An array is walked by sizeof, whatever stride it has.
  virtual bool ignores_strides() const { return false; }

  virtual gh_status open(const gh_call& call, const Kinds& kinds);
  virtual Got get(const gh_call& call, std::uint32_t kind, const Key& key) { return inner_.get(kind, key, call); }
  virtual GotMany get_many(const gh_call& call, const std::vector<Get>& gets) { return inner_.get_many(gets, call); }
  virtual Page find(const gh_call& call, const Query& query) { return inner_.find(query, call); }
  virtual Committed commit(const gh_call& call, const std::vector<Write>& writes) {
    return inner_.commit(writes, call);
  }
  virtual Purged purge(const gh_call& call, std::uint32_t kind, std::int64_t before, std::uint32_t limit) {
    return inner_.purge(kind, before, limit, call);
  }
  // Held from before a get or find until its records are delivered.
  virtual std::unique_lock<std::mutex> while_delivering() { return {}; }
  virtual gh_status ping(const gh_call&) { return GH_OK; }

  // The feed; `kind` of a change is the ordinal.
  using Change = check::store::Change;
  struct Told {
    gh_status status = GH_OK;
    std::vector<Change> changes{};
  };
  virtual gh_status watch(const gh_call& call, const std::vector<std::uint32_t>& kinds, std::uint64_t& watch) {
    return ground_.watch.watch(ground_.store, &call, kinds.data(), kinds.size(), &watch);
  }
  virtual Told wait(const gh_call& call, std::uint64_t watch);
  virtual gh_status unwatch(const gh_call& call, std::uint64_t watch) {
    return ground_.watch.unwatch(ground_.store, &call, watch);
  }

 protected:
  gh_status open_inner(const gh_call& call, const Kinds& kinds);
  const Ground& ground() const { return ground_; }

  const Ground ground_;
  Kinds kinds_;  // as the host gave them
  const Verbs inner_;
};

// The same call at another time.
gh_call at(const gh_call& call, std::int64_t now_us);

// Null: there is no mutant of that name. Those that begin with `sound` have no defect.
std::unique_ptr<Mutant> make_mutant(std::string_view name, const Ground& ground);

// One table a source file.
struct Maker {
  std::string_view name;
  std::unique_ptr<Mutant> (*make)(const Ground& ground);
};
template <class T>
std::unique_ptr<Mutant> made(const Ground& ground) {
  return std::make_unique<T>(ground);
}
std::vector<Maker> commit_mutants();
std::vector<Maker> find_mutants();
std::vector<Maker> key_mutants();
std::vector<Maker> many_mutants();
std::vector<Maker> race_mutants();
std::vector<Maker> time_mutants();
std::vector<Maker> unique_mutants();
std::vector<Maker> journal_mutants();
std::vector<Maker> shared_mutants();
std::vector<Maker> watch_mutants();

}  // namespace gatehouse::mutants

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "providers/patient_calls.h"
#include "providers/storage.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::providers {

// What a pass does with the differences it finds. A record of an append-only kind is never changed nor deleted.
enum class CopyMode : std::uint8_t {
  Look,    // counts them
  Add,     // creates and updates; what only the target has stays
  Mirror,  // and deletes what only the target has
};

// One kind, over all tenants. `created`, `updated` and `deleted` were done; in CopyMode::Look, they are to be done.
struct KindCounts {
  std::uint64_t in_source = 0;  // records met
  std::uint64_t in_target = 0;
  std::uint64_t created = 0;
  std::uint64_t updated = 0;
  std::uint64_t deleted = 0;
  std::uint64_t extra = 0;      // only in the target, and left there
  std::uint64_t left = 0;       // in the source, and not so in the target
  std::uint64_t held_back = 0;  // of `left`: another record of the target holds a value of a unique index

  // "tenant/partition/id: why", of the first few of `extra` and `left` (Look: of every difference). Never a value.
  std::vector<std::string> examples;

  std::uint64_t changes() const noexcept { return created + updated + deleted; }
};

struct CopyReport {
  std::vector<KindCounts> kinds;  // by KindId
  Time began{};                   // of the last pass: what the source had then is in the target
  std::chrono::microseconds took{0};
  bool stopped = false;  // told to: it is not complete

  // What would be deleted by a mirror, for who only adds.
  void keep_extra() noexcept;
  // Counts what a former pass did as done by this one too.
  void add_changes(const CopyReport& former);
  std::uint64_t changes() const noexcept;
  std::uint64_t left() const noexcept;
  std::uint64_t held_back() const noexcept;
  // Only in the target, of kinds where that matters: a session that was deleted would be there again.
  std::uint64_t extra(const std::vector<KindDef>& schema) const noexcept;
};

struct CopyProgress {
  KindId kind = 0;
  std::uint64_t met = 0;      // records of the source, of this kind, in this pass
  std::uint64_t changes = 0;  // of all kinds
};

// Makes one store hold what another holds, record by record, through nothing but the contract of stores. It keeps no
// state of its own: whatever interrupts it, the next one compares again and goes on where there is something to do.
//
// A record comes with its key and its values. Its version does not: that counts the changes in one store. Every write
// is a compare-and-set on what was read in the target, so of several copies at once none undoes another unseen.
// Records that have expired are not there for it.
//
// What holds after a pass in CopyMode::Mirror without `left`: every record stands in the target as it was in the source
// at some moment during the pass. So if nothing wrote to the source since the pass began, the target holds what the
// source holds, and nothing else but events of its own.
//
// Errors are those of Storage; ProviderUnavailable only after PatientCalls::patience. One thread.
class StoreCopy {
 public:
  // Both storages have the same schema, are open, and outlive the copy, as does `calls`. No other tenants than these
  // are looked at: the contract has no list of them.
  StoreCopy(Storage& from, Storage& to, std::vector<std::string> tenants, PatientCalls& calls);

  // Told about once in a hundred records.
  void on_progress(std::function<void(const CopyProgress&)> tell) { progress_ = std::move(tell); }

  // Once over all records of both stores.
  Result<CopyReport> pass(CopyMode mode);

  // As many passes as it takes until another one could do nothing more: values of unique indexes that move from record
  // to record may need several. The changes are those of all passes, everything else is the last one's.
  Result<CopyReport> complete(CopyMode mode);

  // The records of a kind, as a store counts them.
  Result<std::uint64_t> count(Storage& store, KindId kind, Time now);

  // Whether both hold the same: every record in both directions, and what the stores themselves count. It is looked at
  // twice before it is said to be different, as records expire. Empty: the same.
  struct Difference {
    std::string kind;
    std::uint64_t counted_in_source = 0;
    std::uint64_t counted_in_target = 0;
    KindCounts found;
  };
  Result<std::vector<Difference>> verify();

 private:
  Result<std::vector<Difference>> compare();

  Storage& from_;
  Storage& to_;
  const std::vector<std::string> tenants_;
  PatientCalls& calls_;
  std::function<void(const CopyProgress&)> progress_;
};

}  // namespace gatehouse::providers

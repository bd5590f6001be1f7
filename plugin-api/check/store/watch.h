// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/store.h"

#include <gatehouse/store_watch.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gatehouse::check::store {

// A change as a value.
struct Change {
  std::uint32_t what = GH_CHANGE_PUT;
  std::uint32_t kind = 0;  // the suite's
  Key key{};
  std::int64_t version = 0;
  bool operator==(const Change&) const = default;
};
using Changes = std::vector<Change>;
std::string text_of(const Change& change);
std::string text_of(const Changes& changes);

// What the changes of these writes are.
Changes changes_of(const std::vector<Write>& writes);

// One watch of the store's feed, for the records of the check's tenant: others may be at work in the same backend.
// What the feed does otherwise than it must ends the case. Only one thread waits.
class Watch {
 public:
  // Throws NotHeld where the store does not tell of one of these kinds.
  Watch(const Store& store, const std::vector<std::uint32_t>& kinds);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  struct Told {
    gh_status status = GH_OK;
    Changes changes{};  // of the check's tenant, and GH_CHANGE_MISSED
    int delivered = 0;  // of any tenant
  };
  // One call of wait().
  Told wait(std::chrono::nanoseconds time) const;
  // What is told until so many changes have come; more may have come with the last of them. None is missed.
  Changes read(std::size_t count) const;
  // The same, and that nothing else comes for a moment.
  Changes read_all(std::size_t count) const;
  gh_status end();

  std::uint64_t id() const noexcept { return id_; }

 private:
  void take(const gh_change& raw, const Key& key, Changes& changes) const;

  const Store& store_;
  const gh_store_watch_v1& table_;
  const std::vector<std::uint32_t> kinds_;
  std::uint64_t id_ = 0;
};

}  // namespace gatehouse::check::store

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "providers/patient_calls.h"
#include "providers/storage.h"
#include "providers/stored_record.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::providers {

// All records of a kind in one tenant, in the order of their keys, a page at a time. Every record that is there from
// the walk's beginning to its end is met exactly once, as it was at some moment in between; what comes or goes
// meanwhile may be met or not. A store that does not keep the order is Internal: a walk beside it would take records
// for missing that are not. One thread.
class KeyWalk {
 public:
  // References outlive it. Records are seen as of `now`.
  KeyWalk(Storage& storage, KindId kind, std::string tenant, Time now, PatientCalls& calls);

  // The record it stands at; null: all were met. Valid until next().
  Result<const StoredRecord*> current();
  void next() { ++at_; }

 private:
  Result<void> read_page();

  Storage& storage_;
  const KindId kind_;
  const std::string tenant_;
  const Time now_;
  PatientCalls& calls_;
  std::vector<StoredRecord> page_;
  std::size_t at_ = 0;
  std::string cursor_;
  bool last_page_ = false;
};

}  // namespace gatehouse::providers

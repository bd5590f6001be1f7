// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "providers/store_copy.h"
#include "providers/stored_record.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// For this folder's sources only.
namespace gatehouse::providers {

// One pass over one kind in one tenant: walks both stores side by side and writes in commits of up to 64. One thread.
class CopyPass {
 public:
  struct Scope {
    Storage& from;
    Storage& to;
    KindId kind;
    const std::string& tenant;
    CopyMode mode;
    Time now;  // as of which both are walked
    PatientCalls& calls;
  };
  // Adds to the counts.
  CopyPass(const Scope& scope, KindCounts& counts);

  // Ends early, without an error, when it is told to stop. `met` is called for each record of the source.
  Result<void> run(const std::function<void()>& met);

 private:
  enum class Finding : std::uint8_t { Missing, Differing, Extra };
  struct Change {
    Finding finding;
    StoredRecord record;            // of the source; for Extra of the target
    std::int64_t expected_version;  // in the target
  };

  Result<void> only_in_source(const StoredRecord& record);
  Result<void> only_in_target(const StoredRecord& record);
  Result<void> in_both(const StoredRecord& source, const StoredRecord& target);
  Result<void> add(Change change);
  Result<void> flush();
  Result<std::optional<Conflict>> commit(const std::vector<Change>& changes);
  Result<void> settle(const Change& change);
  Result<std::optional<Change>> judge(const KeyView& key);
  Result<std::optional<StoredRecord>> read(Storage& store, const KeyView& key);

  void count(Finding finding);
  void leave(const KeyView& key, std::string_view why);
  void hold_back(const KeyView& key, std::uint32_t unique_index);
  void example(const KeyView& key, std::string_view why);

  const Scope scope_;
  const KindDef& kind_;
  KindCounts& counts_;
  std::vector<Change> waiting_;
};

}  // namespace gatehouse::providers

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kind.h"

#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/store.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace example_store {

// The five verbs of gatehouse.store/1 over one ordered map: a record stands in it once under its key and once in each
// index of its kind, and all of it changes under one lock. Any ordered key-value store that writes atomically can take
// the map's place. Any thread, after open().
class Store {
 public:
  Store(const sdk::Host& host, std::size_t max_records) : host_(host), max_records_(max_records) {}

  sdk::Status open(const sdk::SchemaView& schema);
  sdk::Status get(const sdk::Call& call, std::uint32_t kind, const sdk::KeyView& key,
                  const sdk::RecordSink& sink) const;
  sdk::Status find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                   const sdk::FindOut& out) const;
  sdk::Status commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out);
  sdk::Status purge(const sdk::Call& call, std::uint32_t kind, std::int64_t before_us, std::uint32_t limit,
                    std::uint64_t& deleted);

 private:
  using RecordPtr = std::shared_ptr<const Record>;
  using Rows = std::map<std::string, RecordPtr>;

  struct Change;
  struct Plan;

  void check_deadline(const sdk::Call& call) const;
  const Kind& kind(std::uint32_t ordinal) const;
  std::vector<Change> changes_of(const sdk::Writes& writes) const;
  bool version_stands(const Change& change, std::int64_t now_us) const;
  // The index whose values another record has. Expired ones do not have them any more: those go into `plan`.
  std::optional<std::uint32_t> taken_index(const Change& change, const std::vector<Change>& all, std::int64_t now_us,
                                           Plan& plan) const;
  void plan_removal(const Record& record, Plan& plan) const;

  const sdk::Host host_;
  const std::size_t max_records_;
  std::vector<std::optional<Kind>> kinds_;  // by ordinal; nothing: held by another store. Constant after open()
  // Not a shared one: where reads never stop, the readers would keep the writers out.
  mutable std::mutex mutex_;
  // Everything below is protected by mutex_.
  Rows rows_;
  std::size_t records_ = 0;
};

}  // namespace example_store

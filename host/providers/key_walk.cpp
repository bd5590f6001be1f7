// SPDX-License-Identifier: Apache-2.0
#include "providers/key_walk.h"

#include <utility>

namespace gatehouse::providers {
namespace {

// The most the contract allows: a store that has to merge many places for a page does it the fewest times.
constexpr std::uint32_t page_size = 1000;

}  // namespace

KeyWalk::KeyWalk(Storage& storage, KindId kind, std::string tenant, Time now, PatientCalls& calls)
    : storage_(storage), kind_(kind), tenant_(std::move(tenant)), now_(now), calls_(calls) {}

Result<const StoredRecord*> KeyWalk::current() {
  while (at_ == page_.size()) {
    if (last_page_) return nullptr;
    if (auto read = read_page(); !read) return read.error();
  }
  return &page_[at_];
}

Result<void> KeyWalk::read_page() {
  const auto& kind = storage_.schema()[kind_];
  Query query;
  query.kind = kind_;
  query.tenant = tenant_;
  query.limit = page_size;
  query.cursor = cursor_;
  std::vector<StoredRecord> read;
  const auto page = calls_.again([&] {
    read.clear();
    return storage_.find(query, calls_.call(tenant_, now_),
                         [&](RecordReader& record) { read.emplace_back(record, kind); });
  });
  if (!page) return page.error();
  const StoredRecord* before = page_.empty() ? nullptr : &page_.back();
  for (const auto& record : read) {
    if (before != nullptr && compare_in_tenant(*before, record) >= 0) {
      return Error{Code::Internal, "the store delivers the records of kind " + kind.name + " out of order", {}, {}};
    }
    before = &record;
  }
  if (read.empty() && !page->next_cursor.empty()) {
    return Error{Code::Internal, "the store gives empty pages of kind " + kind.name + " that are not the last", {}, {}};
  }
  last_page_ = page->next_cursor.empty();
  cursor_ = page->next_cursor;
  page_ = std::move(read);
  at_ = 0;
  return {};
}

}  // namespace gatehouse::providers

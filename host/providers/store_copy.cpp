// SPDX-License-Identifier: Apache-2.0
#include "providers/store_copy.h"

#include "providers/copy_pass.h"

#include <algorithm>
#include <utility>

namespace gatehouse::providers {
namespace {

constexpr std::uint64_t told_every = 100;
// Each pass of complete() does something the one before could not; against a source that never rests, enough is enough.
constexpr int most_passes = 20;

template <class Part>
std::uint64_t sum(const std::vector<KindCounts>& kinds, Part part) {
  std::uint64_t all = 0;
  for (const auto& kind : kinds) all += part(kind);
  return all;
}

}  // namespace

void CopyReport::keep_extra() noexcept {
  for (auto& kind : kinds) kind.extra += std::exchange(kind.deleted, 0);
}
void CopyReport::add_changes(const CopyReport& former) {
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    kinds[kind].created += former.kinds[kind].created;
    kinds[kind].updated += former.kinds[kind].updated;
    kinds[kind].deleted += former.kinds[kind].deleted;
  }
}
std::uint64_t CopyReport::changes() const noexcept {
  return sum(kinds, [](const KindCounts& kind) { return kind.changes(); });
}
std::uint64_t CopyReport::left() const noexcept {
  return sum(kinds, [](const KindCounts& kind) { return kind.left; });
}
std::uint64_t CopyReport::held_back() const noexcept {
  return sum(kinds, [](const KindCounts& kind) { return kind.held_back; });
}
std::uint64_t CopyReport::extra(const std::vector<KindDef>& schema) const noexcept {
  std::uint64_t all = 0;
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) all += schema[kind].append_only ? 0 : kinds[kind].extra;
  return all;
}

StoreCopy::StoreCopy(Storage& from, Storage& to, std::vector<std::string> tenants, PatientCalls& calls)
    : from_(from), to_(to), tenants_(std::move(tenants)), calls_(calls) {}

Result<CopyReport> StoreCopy::pass(CopyMode mode) {
  CopyReport report;
  report.began = calls_.clock().now();
  report.kinds.resize(from_.schema().size());
  for (KindId kind = 0; kind < report.kinds.size(); ++kind) {
    auto& counts = report.kinds[kind];
    const auto met = [&] {
      if (progress_ && counts.in_source % told_every == 0) progress_({kind, counts.in_source, report.changes()});
    };
    for (const auto& tenant : tenants_) {
      CopyPass one({from_, to_, kind, tenant, mode, report.began, calls_}, counts);
      const auto done = one.run(met);
      report.stopped = calls_.stopped();
      report.took = calls_.clock().now() - report.began;
      if (report.stopped) return report;
      if (!done) return done.error();
    }
  }
  return report;
}

// What a pass held back lies in one commit of the next, with nothing between that is done by then: values that records
// have exchanged arrive together, as unique indexes are judged by the state after a commit.
Result<CopyReport> StoreCopy::complete(CopyMode mode) {
  auto all = pass(mode);
  for (int passes = 1; all && !all->stopped && all->held_back() > 0 && passes < most_passes; ++passes) {
    if (mode == CopyMode::Look) break;
    auto next = pass(mode);
    if (!next) return next;
    const bool idle = next->changes() == 0;
    next->add_changes(*all);
    all = std::move(next);
    if (idle) break;
  }
  return all;
}

Result<std::uint64_t> StoreCopy::count(Storage& store, KindId kind, Time now) {
  std::uint64_t all = 0;
  for (const auto& tenant : tenants_) {
    Query query;
    query.kind = kind;
    query.tenant = tenant;
    query.count_only = true;
    query.limit = 0;
    const auto page = calls_.again([&] { return store.find(query, calls_.call(tenant, now), [](RecordReader&) {}); });
    if (!page) return page.error();
    all += page->count;
  }
  return all;
}

Result<std::vector<StoreCopy::Difference>> StoreCopy::verify() {
  auto found = compare();
  if (!found || found->empty()) return found;
  return compare();
}

Result<std::vector<StoreCopy::Difference>> StoreCopy::compare() {
  const auto report = pass(CopyMode::Look);
  if (!report) return report.error();
  if (report->stopped) return Error{Code::ProviderUnavailable, "the verification was stopped", {}, {}};
  std::vector<Difference> differences;
  for (KindId kind = 0; kind < report->kinds.size(); ++kind) {
    const auto& counts = report->kinds[kind];
    const auto in_source = count(from_, kind, report->began);
    if (!in_source) return in_source.error();
    const auto in_target = count(to_, kind, report->began);
    if (!in_target) return in_target.error();
    const bool same = counts.changes() == 0 && *in_source == counts.in_source && *in_target == counts.in_target;
    if (!same) differences.push_back({from_.schema()[kind].name, *in_source, *in_target, counts});
  }
  return differences;
}

}  // namespace gatehouse::providers

// SPDX-License-Identifier: Apache-2.0
#include "providers/copy_pass.h"

#include "providers/key_walk.h"

#include <utility>

namespace gatehouse::providers {
namespace {

// As many as one commit takes.
constexpr std::size_t most_writes = 64;
constexpr std::size_t most_examples = 5;
constexpr int most_attempts = 5;
// A target that takes so few is the wrong one, and each is a line in the log.
constexpr std::uint64_t most_left = 1000;

}  // namespace

CopyPass::CopyPass(const Scope& scope, KindCounts& counts)
    : scope_(scope), kind_(scope.from.schema()[scope.kind]), counts_(counts) {}

Result<void> CopyPass::run(const std::function<void()>& met) {
  KeyWalk source(scope_.from, scope_.kind, scope_.tenant, scope_.now, scope_.calls);
  KeyWalk target(scope_.to, scope_.kind, scope_.tenant, scope_.now, scope_.calls);
  while (!scope_.calls.stopped()) {
    const auto left = source.current();
    if (!left) return left.error();
    const auto right = target.current();
    if (!right) return right.error();
    if (*left == nullptr && *right == nullptr) break;
    const int order = *left == nullptr ? 1 : *right == nullptr ? -1 : compare_in_tenant(**left, **right);
    const auto done = order < 0   ? only_in_source(**left)
                      : order > 0 ? only_in_target(**right)
                                  : in_both(**left, **right);
    if (!done) return done;
    if (counts_.left > most_left) {
      return Error{
          Code::Internal,
          "too many records of kind " + kind_.name + " cannot be copied; the first: " + counts_.examples.front(),
          {},
          {}};
    }
    if (order <= 0) {
      ++counts_.in_source;
      source.next();
      met();
    }
    if (order >= 0) {
      ++counts_.in_target;
      target.next();
    }
  }
  return flush();
}

Result<void> CopyPass::only_in_source(const StoredRecord& record) { return add({Finding::Missing, record, 0}); }

Result<void> CopyPass::in_both(const StoredRecord& source, const StoredRecord& target) {
  if (source.same_values(target)) return {};
  return add({Finding::Differing, source, target.version()});
}

Result<void> CopyPass::only_in_target(const StoredRecord& record) {
  if (scope_.mode == CopyMode::Add || kind_.append_only) {
    ++counts_.extra;
    example(record.key(), "only in the target");
    return {};
  }
  if (scope_.mode == CopyMode::Look) return add({Finding::Extra, record, record.version()});
  // The source may have got it after the walk there went past its place.
  auto now = judge(record.key());
  if (!now) return now.error();
  return *now ? add(std::move(**now)) : Result<void>{};
}

Result<void> CopyPass::add(Change change) {
  if (scope_.mode == CopyMode::Look) {
    count(change.finding);
    example(change.record.key(), change.finding == Finding::Missing     ? "only in the source"
                                 : change.finding == Finding::Differing ? "other values"
                                                                        : "only in the target");
    return {};
  }
  if (change.finding == Finding::Differing && kind_.append_only) {
    leave(change.record.key(), "the target has another record there, and its kind is never changed");
    return {};
  }
  const bool elsewhere = !waiting_.empty() && !scope_.to.crosses_partitions(scope_.kind) &&
                         waiting_.front().record.key().partition != change.record.key().partition;
  if (elsewhere || waiting_.size() == most_writes) {
    if (auto done = flush(); !done) return done;
  }
  waiting_.push_back(std::move(change));
  return {};
}

Result<std::optional<Conflict>> CopyPass::commit(const std::vector<Change>& changes) {
  std::vector<std::vector<Value>> values;
  values.reserve(changes.size());
  std::vector<Write> writes;
  writes.reserve(changes.size());
  for (const auto& change : changes) {
    const bool put = change.finding != Finding::Extra;
    values.push_back(put ? change.record.values() : std::vector<Value>{});
    writes.push_back({.op = put ? Write::Op::Put : Write::Op::Delete,
                      .kind = scope_.kind,
                      .key = change.record.key(),
                      .expected_version = change.expected_version,
                      .values = values.back()});
  }
  return scope_.calls.again([&] { return scope_.to.commit(writes, scope_.calls.call(scope_.tenant)); });
}

Result<void> CopyPass::flush() {
  std::vector<Change> unsettled;
  while (!waiting_.empty()) {
    const auto answer = commit(waiting_);
    if (!answer) {
      if (answer.error().code == Code::ProviderUnavailable) return answer.error();
      // It is in doubt, or one of them is none for this store: each by itself.
      unsettled.insert(unsettled.end(), std::make_move_iterator(waiting_.begin()),
                       std::make_move_iterator(waiting_.end()));
      waiting_.clear();
    } else if (*answer) {
      const auto lost = waiting_.begin() + static_cast<std::ptrdiff_t>((*answer)->write);
      unsettled.push_back(std::move(*lost));
      waiting_.erase(lost);
    } else {
      for (const auto& change : waiting_) count(change.finding);
      waiting_.clear();
    }
  }
  for (const auto& change : unsettled) {
    if (auto done = settle(change); !done) return done;
  }
  return {};
}

// A change that did not go through with the others. Both stores are asked what is there by now.
Result<void> CopyPass::settle(const Change& change) {
  const auto key = change.record.key();
  std::optional<Error> doubt;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    auto now = judge(key);
    if (!now) return now.error();
    if (!*now) {
      // Ours, if it was in doubt; else somebody else's, or gone by itself.
      if (doubt) count(change.finding);
      return {};
    }
    if ((*now)->finding == Finding::Differing && kind_.append_only) {
      leave(key, "the target has another record there, and its kind is never changed");
      return {};
    }
    std::vector<Change> one;
    one.push_back(std::move(**now));
    const auto answer = commit(one);
    if (!answer) {
      if (answer.error().code == Code::ProviderUnavailable) return answer.error();
      if (answer.error().code != Code::InDoubt) {
        leave(key, "the target does not take it: " + answer.error().detail);
        return {};
      }
      doubt = answer.error();
    } else if (!*answer) {
      count(one.front().finding);
      return {};
    } else if ((*answer)->unique_index) {
      hold_back(key, *(*answer)->unique_index);
      return {};
    }
  }
  leave(key, doubt ? std::string_view(doubt->detail) : "somebody else goes on writing it in the target");
  return {};
}

// What there is to do about a key now.
Result<std::optional<CopyPass::Change>> CopyPass::judge(const KeyView& key) {
  auto source = read(scope_.from, key);
  if (!source) return source.error();
  auto target = read(scope_.to, key);
  if (!target) return target.error();
  if (!*source && !*target) return std::optional<Change>{};
  if (!*target) return std::optional(Change{Finding::Missing, std::move(**source), 0});
  const auto version = (*target)->version();
  if (!*source) {
    const bool stays = scope_.mode != CopyMode::Mirror || kind_.append_only;
    return stays ? std::optional<Change>{} : std::optional(Change{Finding::Extra, std::move(**target), version});
  }
  if ((*source)->same_values(**target)) return std::optional<Change>{};
  return std::optional(Change{Finding::Differing, std::move(**source), version});
}

Result<std::optional<StoredRecord>> CopyPass::read(Storage& store, const KeyView& key) {
  std::optional<StoredRecord> found;
  const auto answer = scope_.calls.again([&] {
    found.reset();
    return store.get(scope_.kind, key, scope_.calls.call(scope_.tenant),
                     [&](RecordReader& record) { found.emplace(record, kind_); });
  });
  if (!answer) return answer.error();
  return found;
}

void CopyPass::count(Finding finding) {
  switch (finding) {
    case Finding::Missing: ++counts_.created; break;
    case Finding::Differing: ++counts_.updated; break;
    case Finding::Extra: ++counts_.deleted; break;
  }
}

void CopyPass::leave(const KeyView& key, std::string_view why) {
  ++counts_.left;
  example(key, why);
}

void CopyPass::hold_back(const KeyView& key, std::uint32_t unique_index) {
  leave(key, "another record of the target holds its " + kind_.indexes[unique_index].name);
  ++counts_.held_back;
}

void CopyPass::example(const KeyView& key, std::string_view why) {
  if (counts_.examples.size() == most_examples) return;
  auto& text = counts_.examples.emplace_back(key.tenant);
  text.append("/").append(key.partition).append("/").append(key.id).append(": ").append(why);
}

}  // namespace gatehouse::providers

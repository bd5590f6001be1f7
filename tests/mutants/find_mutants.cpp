// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>

// Defects of find and its cursors.
namespace gatehouse::mutants {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

// A record's values in the index of a query.
std::vector<Value> place(const Kinds& kinds, const Query& query, const Record& record) {
  std::vector<Value> values;
  if (query.kind >= kinds.size() || query.index >= kinds[query.kind].indexes.size()) return values;
  for (const std::uint32_t field : kinds[query.kind].indexes[query.index].fields)
    values.push_back(record.values[field]);
  return values;
}

class LocaleOrder final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Page page = inner_.find(query, call);
    std::stable_sort(page.records.begin(), page.records.end(), [&](const Record& a, const Record& b) {
      const auto x = place(kinds_, query, a);
      const auto y = place(kinds_, query, b);
      return !x.empty() && x[0].type == GH_TEXT && y[0].type == GH_TEXT && lower(x[0].s) < lower(y[0].s);
    });
    return page;
  }
};

class DescendingTies final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Page page = inner_.find(query, call);
    if (!query.descending) return page;
    auto first = page.records.begin();
    while (first != page.records.end()) {
      const auto same = place(kinds_, query, *first);
      const auto last = std::find_if(first, page.records.end(),
                                     [&](const Record& record) { return place(kinds_, query, record) != same; });
      if (!same.empty()) std::reverse(first, last);
      first = last;
    }
    return page;
  }
};

class RangeEndIncluded final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Query changed = query;
    const bool number = query.high.type == GH_INT || query.high.type == GH_TIME;
    if (number && query.high.i < INT64_MAX) ++changed.high.i;
    return inner_.find(changed, call);
  }
};

class CountIgnoresRange final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Query changed = query;
    if (query.count_only) changed.range = GH_RANGE_NONE;
    return inner_.find(changed, call);
  }
};

class PrefixAsRange final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Query changed = query;
    if (query.range == GH_RANGE_PREFIX) changed.range = GH_RANGE_FROM;
    return inner_.find(changed, call);
  }
};

class KeyIndexById final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Page page = inner_.find(query, call);
    if (query.index == GH_INDEX_KEY) {
      std::stable_sort(page.records.begin(), page.records.end(),
                       [](const Record& a, const Record& b) { return a.key.id < b.key.id; });
    }
    return page;
  }
};

class FindCached final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    const std::string what = text_of(query, kinds_) + query.cursor + std::to_string(call.now_us);
    const std::lock_guard lock(mutex_);
    const auto known = cache_.find(what);
    if (known != cache_.end() && !query.count_only) return known->second;
    return cache_[what] = inner_.find(query, call);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Page> cache_;
};

class CountCached final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    if (!query.count_only) return inner_.find(query, call);
    const std::lock_guard lock(mutex_);
    const auto [known, fresh] = cache_.try_emplace(text_of(query, kinds_));
    if (fresh) known->second = inner_.find(query, call);
    return known->second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Page> cache_;
};

class LimitIgnored final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Query changed = query;
    if (!query.count_only && query.limit > 0 && query.limit < 1000) changed.limit = 1000;
    return inner_.find(changed, call);
  }
};

class LimitZeroIsAll final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Query changed = query;
    if (query.limit == 0) changed.limit = 1000;
    return inner_.find(changed, call);
  }
};

class CursorSkipsOne final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Page page = inner_.find(query, call);
    if (!query.cursor.empty() && !page.records.empty()) page.records.erase(page.records.begin());
    return page;
  }
};

// A page is found by counting the records before it.
class CursorIsAnOffset final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    if (query.count_only) return inner_.find(query, call);
    Query whole = query;
    whole.cursor.clear();
    whole.limit = query.limit == 0 ? 0 : 1000;
    Page page = inner_.find(whole, call);
    const std::string mark = "after " + text_of(whole, kinds_) + " record ";
    std::size_t skip = 0;
    if (!query.cursor.empty()) {
      if (query.cursor.compare(0, mark.size(), mark) != 0) return {.status = GH_INVALID};
      skip = std::min<std::size_t>(std::stoul(query.cursor.substr(mark.size())), page.records.size());
    }
    page.records.erase(page.records.begin(), page.records.begin() + static_cast<std::ptrdiff_t>(skip));
    page.cursor_calls = page.records.size() > query.limit ? 1 : 0;
    if (page.cursor_calls > 0) page.records.resize(query.limit);
    page.cursor = mark + std::to_string(skip + page.records.size());
    return page;
  }
};

class AnyCursorIsTheFirst final : public Mutant {
 public:
  using Mutant::Mutant;
  Page find(const gh_call& call, const Query& query) override {
    Page page = inner_.find(query, call);
    if (page.status != GH_INVALID || query.cursor.empty()) return page;
    Query first = query;
    first.cursor.clear();
    return inner_.find(first, call);
  }
};

}  // namespace

std::vector<Maker> find_mutants() {
  return {{"locale-order", made<LocaleOrder>},
          {"descending-ties", made<DescendingTies>},
          {"range-end-included", made<RangeEndIncluded>},
          {"count-ignores-range", made<CountIgnoresRange>},
          {"prefix-as-range", made<PrefixAsRange>},
          {"key-index-by-id", made<KeyIndexById>},
          {"find-cached", made<FindCached>},
          {"count-cached", made<CountCached>},
          {"limit-ignored", made<LimitIgnored>},
          {"limit-zero-is-all", made<LimitZeroIsAll>},
          {"cursor-skips-one", made<CursorSkipsOne>},
          {"cursor-is-an-offset", made<CursorIsAnOffset>},
          {"any-cursor-is-the-first", made<AnyCursorIsTheFirst>}};
}

}  // namespace gatehouse::mutants

// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

#include <algorithm>
#include <utility>

// Defects in what is stored under which key.
namespace gatehouse::mutants {
namespace {

std::string folded(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return text;
}

// Keys are other ones inside than outside.
class KeyMutant : public Mutant {
 public:
  using Mutant::Mutant;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    Got got = inner_.get(kind, inside(key), call);
    if (got.record) got.record->key = key;
    return got;
  }
  Page find(const gh_call& call, const Query& query) override {
    Query changed = query;
    changed.tenant = inside({query.tenant, "p", "i"}).tenant;
    Page page = inner_.find(changed, call);
    for (Record& record : page.records) record.key.tenant = query.tenant;
    return page;
  }
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    auto changed = writes;
    for (Write& write : changed) write.key = inside(write.key);
    return inner_.commit(changed, call);
  }

 protected:
  virtual Key inside(Key key) const = 0;
};

class KeyCaseFolded final : public KeyMutant {
 public:
  using KeyMutant::KeyMutant;

 protected:
  Key inside(Key key) const override { return {key.tenant, key.partition, folded(key.id)}; }
};

class TenantIgnored final : public KeyMutant {
 public:
  using KeyMutant::KeyMutant;

 protected:
  Key inside(Key key) const override { return {key.tenant.empty() ? "" : "everybody", key.partition, key.id}; }
};

class KeyCut final : public KeyMutant {
 public:
  using KeyMutant::KeyMutant;

 protected:
  Key inside(Key key) const override { return {key.tenant, key.partition, key.id.substr(0, 128)}; }
};

class KeyJoined final : public KeyMutant {
 public:
  using KeyMutant::KeyMutant;

 protected:
  Key inside(Key key) const override {
    const std::string joined = key.partition + key.id;
    if (key.partition.empty() || key.id.empty() || joined.size() > 128) return key;
    return {key.tenant, "p", joined};
  }
};

// 16 tenants share one set of indexes, and the lookup forgets to compare the whole name.
class TenantsHashed final : public KeyMutant {
 public:
  using KeyMutant::KeyMutant;

 protected:
  Key inside(Key key) const override {
    if (key.tenant.empty()) return key;
    unsigned hash = 0;
    for (const char c : key.tenant) hash = hash * 31 + static_cast<unsigned char>(c);
    return {std::to_string(hash % 16), key.partition + (key.partition.empty() ? "" : key.tenant), key.id};
  }
};

// Values are other ones inside than outside.
class ValueMutant : public Mutant {
 public:
  using Mutant::Mutant;
  Committed commit(const gh_call& call, const std::vector<Write>& writes) override {
    auto changed = writes;
    for (Write& write : changed) {
      for (Value& value : write.values) store(value);
    }
    return inner_.commit(changed, call);
  }

 protected:
  virtual void store(Value& value) const = 0;
};

class CutAtNul final : public ValueMutant {
 public:
  using ValueMutant::ValueMutant;

 protected:
  void store(Value& value) const override { value.s = value.s.substr(0, value.s.find('\0')); }
};

class TextCutAtNul final : public ValueMutant {
 public:
  using ValueMutant::ValueMutant;

 protected:
  void store(Value& value) const override {
    if (value.type == GH_TEXT) value.s = value.s.substr(0, value.s.find('\0'));
  }
};

class CutAt64K final : public ValueMutant {
 public:
  using ValueMutant::ValueMutant;

 protected:
  void store(Value& value) const override { value.s = value.s.substr(0, 65'535); }
};

class IndexCut final : public ValueMutant {
 public:
  using ValueMutant::ValueMutant;

 protected:
  void store(Value& value) const override { value.s = value.s.substr(0, 256); }
};

class MinWrapped final : public ValueMutant {
 public:
  using ValueMutant::ValueMutant;

 protected:
  void store(Value& value) const override {
    if (value.type == GH_INT && value.i == INT64_MIN) value.i = INT64_MAX;
  }
};

class EmptyIsNull final : public Mutant {
 public:
  using Mutant::Mutant;
  Got get(const gh_call& call, std::uint32_t kind, const Key& key) override {
    Got got = inner_.get(kind, key, call);
    if (!got.record) return got;
    for (Value& value : got.record->values) {
      const bool text = value.type == GH_TEXT || value.type == GH_BYTES;
      if (text && value.s.empty()) value = {};
    }
    return got;
  }
};

}  // namespace

std::vector<Maker> key_mutants() {
  return {
      {"key-case-folded", made<KeyCaseFolded>}, {"tenant-ignored", made<TenantIgnored>}, {"key-cut", made<KeyCut>},
      {"key-joined", made<KeyJoined>},          {"tenants-hashed", made<TenantsHashed>}, {"cut-at-nul", made<CutAtNul>},
      {"text-cut-at-nul", made<TextCutAtNul>},  {"cut-at-64k", made<CutAt64K>},          {"index-cut", made<IndexCut>},
      {"min-wrapped", made<MinWrapped>},        {"empty-is-null", made<EmptyIsNull>}};
}

}  // namespace gatehouse::mutants

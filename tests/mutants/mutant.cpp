// SPDX-License-Identifier: Apache-2.0
#include "mutant.h"

namespace gatehouse::mutants {

gh_status Mutant::open(const gh_call& call, const Kinds& kinds) {
  kinds_ = kinds;
  return open_inner(call, kinds);
}

gh_status Mutant::open_inner(const gh_call& call, const Kinds& kinds) {
  check::store::RawSchema schema(kinds);
  return ground_.table.open(ground_.store, &call, &schema.get());
}

Mutant::Told Mutant::wait(const gh_call& call, std::uint64_t watch) {
  const auto text = [](const gh_slice& slice) { return std::string(check::view(slice)); };
  Told told;
  const auto keep = [&](const gh_change& raw) {
    told.changes.push_back(
        {raw.what, raw.kind, {text(raw.key.tenant), text(raw.key.partition), text(raw.key.id)}, raw.version});
  };
  gh_change_sink sink{const_cast<void*>(static_cast<const void*>(&keep)), [](void* context, const gh_change* change) {
                        (*static_cast<decltype(keep)*>(context))(*change);
                      }};
  told.status = ground_.watch.wait(ground_.store, &call, watch, &sink);
  return told;
}

namespace {

// Stores without a defect that hold some kinds only, as those do that keep each in a table of its own.
template <auto... Names>
class Holds final : public Mutant {
 public:
  using Mutant::Mutant;
  gh_status open(const gh_call& call, const Kinds& kinds) override {
    for (const auto& kind : kinds) {
      const bool held = ((kind.name == Names) || ...);
      if (kind.assigned && !(held && kind.fields.size() > 10)) return refuse(call, kind.name);
    }
    return Mutant::open(call, kinds);
  }

 private:
  static gh_status refuse(const gh_call& call, const std::string& kind) {
    const std::string sentence = "it has no table for the kind " + kind;
    call.explain(call.explain_context, {reinterpret_cast<const std::uint8_t*>(sentence.data()), sentence.size()});
    return GH_UNSUPPORTED;
  }
};

constexpr char user[] = "user";
constexpr char session[] = "session";
constexpr char event[] = "event";

}  // namespace

gh_call at(const gh_call& call, std::int64_t now_us) {
  gh_call changed = call;
  changed.now_us = now_us;
  return changed;
}

std::unique_ptr<Mutant> make_mutant(std::string_view name, const Ground& ground) {
  if (name == "sound") return std::make_unique<Mutant>(ground);
  if (name == "sound-product-only") return std::make_unique<Holds<user, session, event>>(ground);
  if (name == "sound-sessions-only") return std::make_unique<Holds<session>>(ground);
  for (const auto& group : {commit_mutants(), find_mutants(), key_mutants(), many_mutants(), race_mutants(),
                            time_mutants(), unique_mutants(), journal_mutants(), shared_mutants(), watch_mutants()}) {
    for (const Maker& maker : group) {
      if (maker.name == name) return maker.make(ground);
    }
  }
  return nullptr;
}

}  // namespace gatehouse::mutants

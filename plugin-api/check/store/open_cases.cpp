// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"
#include "store/store_cases.h"

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::check::store {
namespace {

// What open() answers to a schema, on an instance of its own.
struct Opened {
  gh_status status;
  std::string words;
};

Opened open(Context& context, gh_schema& schema) {
  const Instance instance(context);
  Opened opened{};
  const gh_call call = call_at(now, opened.words);
  context.entering("open");
  opened.status = context.table_of<gh_store_v1>(GH_STORE_V1).open(instance.self(), &call, &schema);
  return opened;
}

void must_answer(Context& context, const char* what, gh_status expected, const Opened& opened) {
  if (opened.status == expected) return;
  context.fail(std::string("open with ") + what + ": expected " + status_name(expected) + ", got " +
               status_name(opened.status) + (opened.words.empty() ? "" : " (" + opened.words + ")"));
}

Opened open_changed(Context& context, const std::function<void(Kinds&)>& change) {
  Kinds changed = suite_kinds();
  change(changed);
  RawSchema schema(changed);
  return open(context, schema.get());
}

// A store that does not take the suite's kinds at all has said so, and refuses the changed ones for that reason.
void needs_the_suite(Context& context) {
  const Opened opened = open_changed(context, [](Kinds&) {});
  if (opened.status == GH_UNSUPPORTED || opened.status == GH_INVALID)
    context.skip("it does not hold the kinds of this case (" + opened.words + ")");
  must_answer(context, "the suite's schema", GH_OK, opened);
}

void refuses_what_it_cannot_hold(Context& context) {
  needs_the_suite(context);
  const auto refuses = [&](const char* what, const std::function<void(Kinds&)>& change) {
    const Opened opened = open_changed(context, change);
    must_answer(context, what, GH_INVALID, opened);
    return opened.words;
  };
  const auto words = refuses("a text as expiry", [](Kinds& kinds) { kinds[kind::Session].expiry = session::Owner; });
  context.expect(
      words.find("session") != std::string::npos,
      "open with a text as the expiry of the kind session: the explanation must name the kind, got \"" + words + '"');
  refuses("a field of type 17", [](Kinds& kinds) { kinds[kind::Plain].fields[0].type = 17; });
  refuses("an index on field 55", [](Kinds& kinds) { kinds[kind::Account].indexes[0].fields = {55}; });
  refuses("an index without fields", [](Kinds& kinds) { kinds[kind::Account].indexes[0].fields = {}; });
  refuses("an index of five fields", [](Kinds& kinds) { kinds[kind::Account].indexes[0].fields = {0, 1, 2, 3, 4}; });
  RawSchema unknown(suite_kinds());
  unknown.assigned()[0] = 99;
  must_answer(context, "kind 99 assigned", GH_INVALID, open(context, unknown.get()));
  RawSchema twice(suite_kinds());
  twice.assigned()[0] = twice.assigned()[1];
  must_answer(context, "a kind assigned twice", GH_INVALID, open(context, twice.get()));
}

void ignores_kinds_elsewhere(Context& context) {
  needs_the_suite(context);
  must_answer(context, "a kind of another store that cannot be", GH_OK,
              open_changed(context, [](Kinds& kinds) { kinds[kind::Elsewhere].fields[0].type = 17; }));
}

void reads_later_structs(Context& context) {
  needs_the_suite(context);
  struct LaterKind {
    gh_kind kind;
    std::uint64_t new_member;
  };
  RawSchema schema(suite_kinds());
  std::vector<LaterKind> later;
  for (const gh_kind& kind : schema.raw_kinds()) later.push_back({kind, 0xdeadbeef});
  schema.get().kinds = &later.front().kind;
  schema.get().kind_stride = sizeof(LaterKind);
  must_answer(context, "kinds of a larger stride", GH_OK, open(context, schema.get()));

  struct LaterWrite {
    gh_write write;
    std::uint64_t new_member;
  };
  Store store(context, suite_kinds());
  store.begin("writes of a larger stride");
  const Value x = text("x");
  const gh_value value = x.raw();
  const Key first = store.key("1");
  const Key second = store.key("2");
  const LaterWrite writes[] = {{{GH_WRITE_PUT, kind::Plain, first.raw(), 0, &value, 1, 0}, 0xdeadbeef},
                               {{GH_WRITE_PUT, kind::Plain, second.raw(), 0, &value, 1, 0}, 0xdeadbeef}};
  gh_commit_out out{};
  out.struct_size = sizeof(out);
  Committed done;
  const gh_call call = call_at(now, done.words);
  store.during("commit of two writes with a stride of " + std::to_string(sizeof(LaterWrite)));
  done.status =
      store.verbs().table().commit(store.verbs().instance(), &call, &writes[0].write, 2, sizeof(LaterWrite), &out);
  store.answers(done, GH_OK);
  store.has(kind::Plain, second);
}

void instances_are_independent(Context& context) {
  const Store one(context);
  if (one.outlives_the_process()) context.skip("its instances share what they keep, by its flags");
  const Store other(context);
  const Key key{"t", "p", "1"};
  skip_unless_held(context, [&] {
    one.must(put(kind::Plain, key, 0, {text("x")}));
    other.lacks(kind::Plain, key);
  });
}

void ready(Store& store) {
  store.during("ping");
  Committed answer;
  const gh_call call = call_at(now, answer.words);
  answer.status = store.verbs().table().ping(store.verbs().instance(), &call);
  store.answers(answer, GH_OK);
}
constexpr Check pings[] = {{"an opened store is ready", ready}};

}  // namespace

std::vector<Case> open_cases() {
  return {
      store_case("store.ready", "A store that was opened answers ping with GH_OK.",
                 [](Context& context) { run_checks(context, pings); }),
      store_case("store.open_refuses", "A schema that cannot be held is refused, in words that name the kind.",
                 refuses_what_it_cannot_hold),
      store_case("store.open_assigned", "Kinds that are assigned to another store are not looked at.",
                 ignores_kinds_elsewhere),
      store_case("store.strides", "Arrays of a later host are walked by their stride.", reads_later_structs),
      store_case("store.instances", "Two instances of a store that keeps nothing share nothing.",
                 instances_are_independent),
  };
}

}  // namespace gatehouse::check::store

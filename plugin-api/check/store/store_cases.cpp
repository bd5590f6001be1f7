// SPDX-License-Identifier: Apache-2.0
#include "calling.h"
#include "case.h"
#include "instance.h"

#include <gatehouse/store.h>

namespace gatehouse::check {
namespace {

using namespace std::chrono_literals;

void answers_ping(Context& context) {
  const Instance instance(context);
  const auto& store = instance.table<gh_store_v1>(GH_STORE_V1);
  Calling calling(context, "store.ping");
  const auto status = calling.done(store.ping(instance.self(), calling.call()));
  context.expect(status == GH_OK, "ping answered " + status_name(status) + " right after start: " + calling.words());
}

}  // namespace

std::vector<Case> store_cases() {
  return {
      {"store.answers_ping", "A store that has started says it can serve.", GH_STORE_V1, 20s, answers_ping},
  };
}

}  // namespace gatehouse::check

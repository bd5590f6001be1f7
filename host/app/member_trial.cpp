// SPDX-License-Identifier: Apache-2.0
#include "app/member_trial.h"

#include "app/no_log.h"
#include "app/plugin_set.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "plugins/plugin_file.h"

#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

namespace gatehouse::app {
namespace {

using providers::Trial;

constexpr std::chrono::seconds patience{10};

}  // namespace

Trial MemberTrial::operator()(const std::string& plugin, const Chain& chain) const {
  const bool counts = chain.kinds.empty();
  const auto& block = *config_.plugin(plugin);
  NoLog log;
  MetricRegistry metrics;
  try {
    plugins::Instance instance(block.file->entry(), instance_config(config_, block), {clock_, random_, log, metrics},
                               {counts ? GH_RATE_LIMITER_V1 : GH_STORE_V1});
    instance.start();
    const Call call{clock_.steady() + patience, clock_.now(), "start", {}, {}};
    return counts ? providers::try_limiter(instance, call) : providers::try_store(instance, schema_, chain.kinds, call);
  } catch (const plugins::Unreachable& error) {
    return {Trial::Result::Unreachable, error.what()};
  } catch (const plugins::LoadError& error) {
    return {Trial::Result::Faulty, error.what()};
  }
}

}  // namespace gatehouse::app

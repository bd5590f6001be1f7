// SPDX-License-Identifier: Apache-2.0
#include "null_plugin.h"

namespace gatehouse::bench {

sdk::Status NullPlugin::open(const sdk::Call&, const sdk::SchemaView&) { return {}; }

sdk::Status NullPlugin::get(const sdk::Call&, std::uint32_t, const sdk::KeyView& key, const sdk::RecordSink& sink) {
  const gh_value values[] = {sdk::int_value(7)};
  sink.put(key.raw(), 1, values, 1);
  return {};
}

sdk::Status NullPlugin::find(const sdk::Call&, const sdk::QueryView&, const sdk::RecordSink&, const sdk::FindOut&) {
  return {};
}
sdk::Status NullPlugin::commit(const sdk::Call&, const sdk::Writes&, const sdk::CommitOut&) { return {}; }
sdk::Status NullPlugin::purge(const sdk::Call&, std::uint32_t, std::int64_t, std::uint32_t, std::uint64_t&) {
  return {};
}

sdk::Status NullPlugin::take(const sdk::Call&, const sdk::Take& take, sdk::Taken& taken) {
  taken.allowed = true;
  taken.remaining = take.limit - 1;
  return {};
}
sdk::Status NullPlugin::reset(const sdk::Call&, std::string_view) { return {}; }
sdk::Status NullPlugin::ping(const sdk::Call&) { return {}; }

GATEHOUSE_PLUGIN(NullPlugin, sdk::about("null-plugin", "1.0.0", "Apache-2.0", "Does nothing, for a benchmark."));

}  // namespace gatehouse::bench

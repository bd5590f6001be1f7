// SPDX-License-Identifier: Apache-2.0
// The plugin: what it is called, what it promises and what the operator may set. The contract of each call stands in
// <gatehouse/store.h>; Store keeps it.
#include "store.h"

#include <gatehouse/sdk/plugin.hpp>

namespace example_store {
namespace {

// The operator writes these below [plugin.config]. The host checks keys and types and fills in defaults.
constexpr sdk::Setting settings[] = {
    sdk::Setting::integer("max_records", "How many records may be kept at a time.").by_default("1000000"),
};

class StorePlugin final : public sdk::Plugin, public sdk::Store {
 public:
  // Commits may span partitions. It is neither durable nor shared: add GH_STORE_DURABLE when a commit survives kill -9,
  // GH_STORE_SHARED when several servers may use the same backend.
  static constexpr std::uint32_t store_flags = GH_STORE_CROSS_PARTITION;

  // No I/O in here: this also runs when the operator only asks for a check of the configuration. Connect in start().
  explicit StorePlugin(const sdk::Create& create) : store_(create.host, max_records(create.config)) {}

  sdk::Status open(const sdk::Call&, const sdk::SchemaView& schema) override { return store_.open(schema); }
  sdk::Status get(const sdk::Call& call, std::uint32_t kind, const sdk::KeyView& key,
                  const sdk::RecordSink& sink) override {
    return store_.get(call, kind, key, sink);
  }
  sdk::Status find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                   const sdk::FindOut& out) override {
    return store_.find(call, query, sink, out);
  }
  sdk::Status commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out) override {
    return store_.commit(call, writes, out);
  }
  sdk::Status purge(const sdk::Call& call, std::uint32_t kind, std::int64_t before_us, std::uint32_t limit,
                    std::uint64_t& deleted) override {
    return store_.purge(call, kind, before_us, limit, deleted);
  }
  // Memory always answers. A store on a server of its own asks that server here.
  sdk::Status ping(const sdk::Call&) override { return {}; }

 private:
  static std::size_t max_records(const sdk::Config& config) {
    const auto records = config.integer("max_records");
    if (records < 1) throw sdk::InvalidSetting("max_records", "is less than 1");
    return static_cast<std::size_t>(records);
  }

  example_store::Store store_;
};

}  // namespace

GATEHOUSE_PLUGIN(StorePlugin, sdk::about("example-store", "0.1.0", "Apache-2.0",
                                         "Keeps records in this process's memory; they are gone at exit.")
                                  .with(settings));

}  // namespace example_store

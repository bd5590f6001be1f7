// SPDX-License-Identifier: Apache-2.0
#include "migrations.h"
#include "postgres_store.h"
#include "settings.h"

#include <gatehouse/sdk/plugin.hpp>

namespace gatehouse::store_postgres {
namespace {

constexpr sdk::Setting settings[] = {
    sdk::Setting::text(
        "url", "Where the database is: postgresql://USER:PASSWORD@HOST:PORT/DATABASE; several hosts: HOST,HOST.")
        .required()
        .secret(),
    sdk::Setting::text("migrate_url",
                       "The same for `gatehouse migrate`, as the role that owns the tables; without it, url.")
        .secret(),
    sdk::Setting::text("schema", "The schema of the tables.").by_default("gatehouse"),
    sdk::Setting::text("role", "The role the server works as: it owns nothing and stands under row-level security.")
        .by_default("gatehouse_app"),
    sdk::Setting::integer("max_connections", "Most connections to the database, 1 to 1000.").by_default("16"),
    sdk::Setting::duration("pool_wait", "How long a call waits for a free connection before it is refused.")
        .by_default("2s"),
    sdk::Setting::boolean("create_tables",
                          "Makes what is missing of the tables at start, without migrations; for development.")
        .by_default("false"),
    sdk::Setting::text_list("feed",
                            "The kinds of which every commit is announced to all servers; [\"none\"]: nothing is.")
        .by_default(default_feed),
};

class PostgresPlugin final : public sdk::Plugin, public sdk::Store, public sdk::Migrations, public sdk::StoreWatch {
 public:
  static constexpr std::uint32_t store_flags = GH_STORE_CROSS_PARTITION | GH_STORE_DURABLE | GH_STORE_SHARED;

  explicit PostgresPlugin(const sdk::Create& create)
      : settings_(read_settings(create.config)), store_(create.host, settings_), migrator_(create.host, settings_) {}

  sdk::Status start(const sdk::Call&) override {
    store_.start();
    return {};
  }
  sdk::Status drain(const sdk::Call&) override {
    store_.stop();
    return {};
  }

  sdk::Status open(const sdk::Call& call, const sdk::SchemaView& schema) override { return store_.open(call, schema); }
  sdk::Status get(const sdk::Call& call, std::uint32_t kind, const sdk::KeyView& key,
                  const sdk::RecordSink& sink) override {
    return store_.get(call, kind, key, sink);
  }
  sdk::Status get_many(const sdk::Call& call, const sdk::Gets& gets, const sdk::GetSink& sink) override {
    const auto status = store_.get_pair(call, gets, sink);
    return status ? *status : sdk::Store::get_many(call, gets, sink);
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
  sdk::Status ping(const sdk::Call& call) override { return store_.ping(call); }

  sdk::Status watch(const sdk::Call& call, const sdk::Strided<std::uint32_t>& kinds, std::uint64_t& watch) override {
    return store_.feed().watch(call, kinds, watch);
  }
  sdk::Status wait(const sdk::Call& call, std::uint64_t watch, const sdk::ChangeSink& sink) override {
    return store_.feed().wait(call, watch, sink);
  }
  sdk::Status unwatch(const sdk::Call&, std::uint64_t watch) override { return store_.feed().unwatch(watch); }

  sdk::Status status(const sdk::Call& call, const sdk::MigrationSink& sink) override {
    return migrator_.status(call, sink);
  }
  sdk::Status plan(const sdk::Call& call, const sdk::MigrationSink& sink) override {
    return migrator_.plan(call, sink);
  }
  sdk::Status apply(const sdk::Call& call, const sdk::MigrationSink& sink) override {
    return migrator_.apply(call, sink);
  }

 private:
  const Settings settings_;
  PostgresStore store_;
  Migrator migrator_;
};

}  // namespace

GATEHOUSE_PLUGIN(
    PostgresPlugin,
    sdk::about("store-postgres", "1.0.0", "Apache-2.0", "Records of every kind in PostgreSQL.").with(settings));

}  // namespace gatehouse::store_postgres

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/plugin.hpp>

namespace gatehouse::bench {

// A store and limiter whose own work is next to nothing, so that what is measured is the way to it.
class NullPlugin final : public sdk::Plugin, public sdk::Store, public sdk::RateLimiter {
 public:
  static constexpr std::uint32_t store_flags = GH_STORE_CROSS_PARTITION;
  explicit NullPlugin(const sdk::Create&) {}
  NullPlugin() = default;

  sdk::Status open(const sdk::Call&, const sdk::SchemaView&) override;
  sdk::Status get(const sdk::Call&, std::uint32_t, const sdk::KeyView&, const sdk::RecordSink&) override;
  sdk::Status find(const sdk::Call&, const sdk::QueryView&, const sdk::RecordSink&, const sdk::FindOut&) override;
  sdk::Status commit(const sdk::Call&, const sdk::Writes&, const sdk::CommitOut&) override;
  sdk::Status purge(const sdk::Call&, std::uint32_t, std::int64_t, std::uint32_t, std::uint64_t&) override;
  sdk::Status take(const sdk::Call&, const sdk::Take&, sdk::Taken&) override;
  sdk::Status reset(const sdk::Call&, std::string_view) override;
  sdk::Status ping(const sdk::Call&) override;
};

}  // namespace gatehouse::bench

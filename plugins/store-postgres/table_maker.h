// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kind.h"
#include "settings.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/status.hpp>

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::store_postgres {

// The table of a kind as the migrations write theirs, with constraints, indexes, row-level security and rights.
std::string table_sql(const Kind& kind, const std::string& role);

// Makes the tables that are missing: the setting create_tables, for development and for kinds of a kit.
sdk::Status make_tables(const Settings& settings, const sdk::Host& host, const sdk::Call& call,
                        const std::vector<std::unique_ptr<Kind>>& kinds);

}  // namespace gatehouse::store_postgres

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "kind.h"
#include "settings.h"

#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/status.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_postgres {

// What a field's type is called in the catalog.
std::string_view type_name(std::uint32_t type) noexcept;

// An SQL expression: which rights the connection's role lacks on the tables of the kinds, or the empty text. A table
// that cannot be seen counts as one without rights. Looks at the catalog alone.
std::string missing_rights_sql(const std::vector<std::unique_ptr<Kind>>& kinds);
// The sentence about what that gave.
std::string missing_rights_words(const Settings& settings, std::string_view missing);

// Whether this database can hold the kinds: migrated as far as this plugin knows and no further than it can follow; a
// role that owns nothing and stands under row-level security; each table with the columns, indexes and policies that
// the kind needs, and the rights. GH_UNSUPPORTED with what is wrong and what to do. Throws DatabaseError.
sdk::Status check_database(Connection& connection, const Settings& settings, const sdk::Host& host,
                           const std::vector<std::unique_ptr<Kind>>& kinds);

}  // namespace gatehouse::store_postgres

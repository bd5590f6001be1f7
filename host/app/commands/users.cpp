// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/config_values.h"

#include <algorithm>
#include <ostream>
#include <string>

namespace gatehouse::app {

int users_unlock_command(const CommandLine& line, const Product& product, const Streams& streams) {
  const auto resolved = load_or_report(line, product, streams);
  if (!resolved) return exit_usage;
  const auto& known = product.tenants;
  const std::string tenant = line.tenants.empty() ? known.front() : line.tenants.front();
  if (std::find(known.begin(), known.end(), tenant) == known.end()) {
    streams.err << "gatehouse: no tenant " << in_quotes(tenant) << "\n";
    return exit_usage;
  }
  return product.unlock(resolved->config, line.subject, tenant, streams.out, streams.err);
}

}  // namespace gatehouse::app

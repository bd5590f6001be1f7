// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"

#include <gatehouse/abi.h>

#include <ostream>

namespace gatehouse::app {

int version_command(const Streams& streams) {
  streams.out << "gatehouse " << GATEHOUSE_VERSION << " (plugin ABI " << GH_ABI_MAJOR << "." << GH_ABI_MINOR << ")\n";
  return exit_ok;
}

}  // namespace gatehouse::app

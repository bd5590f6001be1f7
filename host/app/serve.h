// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"

#include <string>

namespace gatehouse {
class Log;
}

namespace gatehouse::app {

struct ServeOptions {
  // Written when the listeners answer: "listen=<address>\nmanagement=<address>\n", with the ports that were picked;
  // removed when the server is told to end. Empty: no file.
  std::string ready_file;
};

// Runs the server until SIGTERM or SIGINT, which wait (StopSignalsWait) since before any thread was started; until it
// serves they end the process at once (StartWatch). Returns 0 after an orderly end, 1 when it could not start; the
// reason is in the log.
int serve(const ResolvedConfig& resolved, const ServeOptions& options, Log& log);

}  // namespace gatehouse::app

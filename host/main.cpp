// SPDX-License-Identifier: Apache-2.0
#include "app/cli.h"
#include "app/serve.h"
#include "app/services.h"
#include "app/unlock.h"
#include "base/alternate_stack.h"
#include "plugins/last_words.h"

#include <fcntl.h>
#include <unistd.h>
#include <csignal>
#include <iostream>
#include <string>
#include <vector>

namespace {

// Started with a standard descriptor closed, the first socket or key file would become it, and whatever writes to
// "standard error" would write there.
void keep_standard_descriptors() {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= 2);
  if (fd > 2) ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_descriptors();
  const gatehouse::AlternateStack stack;
  gatehouse::plugins::install_last_words();
  // A client that went away is an error of the write to it.
  std::signal(SIGPIPE, SIG_IGN);
  gatehouse::app::Product product;
  product.serve = gatehouse::app::serve;
  product.unlock = gatehouse::app::unlock;
  product.schema = gatehouse::app::schema();
  for (const auto& kind : product.schema) product.kinds.push_back(kind.name);
  product.tenants = gatehouse::auth::Tenants{}.names;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return gatehouse::app::run_cli(arguments, product, std::cout, std::cerr);
}

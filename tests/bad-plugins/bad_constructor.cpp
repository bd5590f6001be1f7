// SPDX-License-Identifier: Apache-2.0
// Code that ends the loading of a plugin that is right otherwise: what the constructor of a global can do.
#include <cstdlib>
#include <stdexcept>

namespace {

struct Early {
  Early() {
#if defined(BAD_THROW)
    throw std::runtime_error("no database at hand");
#elif defined(BAD_EXIT)
    std::exit(0);
#elif defined(BAD_ABORT)
    std::abort();
#elif defined(BAD_CRASH)
    volatile int* volatile nowhere = nullptr;
    *nowhere = 1;
#endif
  }
};
const Early early;

}  // namespace

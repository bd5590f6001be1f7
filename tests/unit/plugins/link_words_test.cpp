// SPDX-License-Identifier: Apache-2.0
#include "plugins/link_words.h"

#include <gtest/gtest.h>

namespace gatehouse::plugins {
namespace {

std::string words(const std::string& dlerror) {
  return words_for_link_error(
      "boost::dll::shared_library::load() failed (dlerror system message: " + dlerror + "): Bad file descriptor",
      "/proc/7/fd/9");
}

TEST(LinkWords, NameAMissingLibrary) {
  EXPECT_EQ(words("libpq.so.5: cannot open shared object file: No such file or directory"),
            "cannot be linked: it needs the library libpq.so.5, which is not installed; install the package that has "
            "it, or build the "
            "plugin on a system like this one");
}

TEST(LinkWords, NameAMissingCSymbol) {
  EXPECT_EQ(
      words("/proc/7/fd/9: undefined symbol: redisConnectUnix"),
      "cannot be linked: it uses redisConnectUnix (symbol redisConnectUnix), which none of the libraries it names "
      "provides; link it with -Wl,-z,defs to see what is missing");
}

TEST(LinkWords, NameAMissingSymbolVersionedOrNot) {
  EXPECT_EQ(
      words("/proc/7/fd/9: undefined symbol: _ZN3foo3barEv, version FOO_2"),
      "cannot be linked: it uses foo::bar() (symbol _ZN3foo3barEv), which none of the libraries it names provides; "
      "link it with -Wl,-z,defs to see what is missing");
}

TEST(LinkWords, NameTheNewerRuntimeThatIsNeeded) {
  EXPECT_EQ(
      words("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /proc/7/fd/9)"),
      "cannot be linked: it needs GLIBCXX_3.4.32, which this system's libraries do not have; build the plugin on "
      "this system, or update the system");
}

TEST(LinkWords, KeepWhatTheyDoNotKnowWithoutOurInternalName) {
  EXPECT_EQ(words("/proc/7/fd/9: cannot allocate memory in static TLS block"),
            "cannot be loaded: it: cannot allocate memory in static TLS block");
  EXPECT_EQ(words_for_link_error("something else", "/proc/7/fd/9"), "cannot be loaded: something else");
}

}  // namespace
}  // namespace gatehouse::plugins

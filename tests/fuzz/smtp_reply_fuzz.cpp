// SPDX-License-Identifier: Apache-2.0
// A mail server's side of a dialogue: each line of the input is a line of a reply. A line that begins with '>' sends
// the rest as a command first, and a line of '.' hands the message over.
#include "dialogue.h"

#include <gatehouse/abi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using gatehouse::mail_smtp::Dialogue;
using gatehouse::mail_smtp::Trouble;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void check(const Dialogue& dialogue) {
  for (const Trouble trouble : {Trouble::NotReached, Trouble::NotInTime, Trouble::NoTls, Trouble::NotTrusted,
                                Trouble::NoLogin, Trouble::NoUtf8, Trouble::Lost}) {
    const auto status = dialogue.outcome(trouble, "said the test");
    const auto& words = status.sentence();
    require(status.code() != GH_OK, "trouble is never a delivery");
    require(dialogue.body_done() || status.code() != GH_IN_DOUBT, "no doubt before the message is whole");
    require(!dialogue.body_done() || status.code() != GH_TIMEOUT, "a timeout after the message is a doubt");
    require(words.size() < 500, "words are bounded");
    require(std::all_of(words.begin(), words.end(), [](char c) { return c >= ' ' && c <= '~'; }), "and printable");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Dialogue dialogue;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    if (line == ".\n") {
      dialogue.body_handed_over();
    } else if (line.front() == '>') {
      dialogue.sent(line.substr(1));
    } else {
      dialogue.received(line);
    }
    check(dialogue);
  }
  return 0;
}

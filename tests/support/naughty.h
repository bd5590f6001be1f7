// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace gatehouse::test {

// A string that has hurt somebody's software. `bytes` is what it says, possibly ill-formed UTF-8; `literal` is how it
// is written in a JSON body, quotes included, which for some (lone surrogates) is the only way to say it.
struct NaughtyString {
  std::string kind;
  std::string bytes;
  std::string literal;
};

// Several hundred, made by class: control characters, directions, invisible characters, ill-formed UTF-8, twins under
// normalisation, injections into everything that has a syntax, numbers, lengths, addresses.
std::vector<NaughtyString> naughty_strings();

// A code point as UTF-8, whatever it is: surrogates and values beyond Unicode give the ill-formed bytes they would
// have.
std::string utf8(char32_t code_point);

}  // namespace gatehouse::test

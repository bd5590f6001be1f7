// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

namespace gatehouse::accounts {

// An e-mail address in the two forms an account keeps. Both are well-formed UTF-8 with exactly one '@', no white space
// and nothing invisible, so that neither can bend a mail header, a log line or a page.
struct EmailAddress {
  // For people and for mail: trimmed, NFKC, letter case as typed; an international domain in its own script. Not NFC:
  // a full-width name would be one account with the plain one, and mail for it must not go to another mailbox.
  std::string as_typed;
  // For uniqueness, look-up and counters: NFKC, lower case, the domain in A-labels (IDNA 2008 with the UTS #46
  // mapping). Reading it again gives the same text. Letters of different scripts that look alike stay different.
  std::string normalized;
};

// Reads an address as a person typed it. Normalisation comes before parsing, so that a full-width '＠' or a letter with
// two spellings cannot pass here as something else than what is compared later.
//
// Taken: a local part of letters, marks and numbers of any script and !#$%&'*+-/=?^_`{|}~ with single dots inside, at
// most 64 octets; a host name with at least one dot, whose last label is not a number; at most 254 octets in all.
// Not taken: quoted local parts, comments, address literals, `localhost`, a trailing dot, anything invisible.
// The error is ValidationFailed with one entry, EMAIL_INVALID, at `pointer`; it never repeats the address.
Result<EmailAddress> parse_email(std::string_view typed, std::string_view pointer = "/email");

}  // namespace gatehouse::accounts

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/secret.h"

#include <functional>
#include <string>
#include <string_view>

// What people do to a bad password so that a rule lets it through, undone: those who guess do it too, and first. Pure,
// any thread; the time taken depends on the password, so this is for choosing one and not for checking a secret.
// `lower` is the password in lower case (NFKC), of at most some hundred bytes.
namespace gatehouse::accounts {

// True when nothing is left once predictable runs are taken away: three or more neighbours of a keyboard ("qwe",
// "1qaz", shifted or backwards), of the alphabet or of the digits, or one character three times or more. Of every six
// characters one may be something else.
bool is_sequence(std::string_view lower);

// True when one word that `is_known` knows makes up the password: by itself or repeated, with letters written as look-
// alikes ("p@ssw0rd"), with spaces and hyphens inside, with digits and signs around it that amount to eight characters
// at most, where a run as above or a year counts as one. Two words, or a word and other letters, are not looked into: a
// phrase may be made of words everybody knows.
bool is_one_word(std::string_view lower, const std::function<bool(std::string_view)>& is_known);

// Letters for their look-alikes: "p@ssw0rd" becomes "password"; 1, ! and | become i, or l with `One::IsL`.
enum class One : bool { IsI, IsL };
Secret<std::string> without_look_alikes(std::string_view lower, One one);

}  // namespace gatehouse::accounts

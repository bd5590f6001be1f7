# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT=common_passwords.txt -DOUTPUT=common_passwords.inc -P embed_common_passwords.cmake
# Turns the list (all that follows the first empty line) into one C++ string literal a line. One array of characters
# compiles in no time, where an array of 8,000 views takes seconds.
file(READ "${INPUT}" text)
string(FIND "${text}" "\n\n" notice_end)
if(notice_end EQUAL -1)
  message(FATAL_ERROR "${INPUT}: no empty line between the notice and the list")
endif()
math(EXPR list_start "${notice_end} + 2")
string(SUBSTRING "${text}" ${list_start} -1 text)
string(REPLACE "\\" "\\\\" text "${text}")
string(REPLACE "\"" "\\\"" text "${text}")
string(REPLACE "\n" "\\n\"\n\"" text "${text}")
file(WRITE "${OUTPUT}" "\"${text}\"\n")

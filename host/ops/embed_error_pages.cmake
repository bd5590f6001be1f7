# SPDX-License-Identifier: Apache-2.0
# cmake -DINPUT=docs/errors.md -DOUTPUT=error_pages.inc -P embed_error_pages.cmake
# The table of error codes, one C++ string literal a row: code|legacy|status|what it means|what to do. The document is
# the one place where these sentences are written.
file(STRINGS "${INPUT}" rows REGEX "^\\| `[A-Z_]+` \\|" ENCODING UTF-8)
if(NOT rows)
  message(FATAL_ERROR "${INPUT}: no table of error codes")
endif()
set(text "")
foreach(row IN LISTS rows)
  string(REGEX REPLACE "^\\| +" "" row "${row}")
  string(REGEX REPLACE " *\\|$" "" row "${row}")
  string(REGEX REPLACE " *\\| *" "|" row "${row}")
  string(REPLACE "`" "" row "${row}")
  string(REPLACE "\\" "\\\\" row "${row}")
  string(REPLACE "\"" "\\\"" row "${row}")
  string(APPEND text "\"${row}\\n\"\n")
endforeach()
file(WRITE "${OUTPUT}" "${text}")

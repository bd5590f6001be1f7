# SPDX-License-Identifier: Apache-2.0
# cmake -DCOMPILER=.. -DLANGUAGE=c|c++ -DSTANDARD=c11 -DDIRECTORY=.. -DPATTERN=*.h -DINCLUDES=a:b -P check_headers.cmake
# Every header compiles alone, without a warning.
file(GLOB headers ${DIRECTORY}/${PATTERN})
if(NOT headers)
  message(FATAL_ERROR "no ${PATTERN} in ${DIRECTORY}")
endif()
string(REPLACE ":" ";-I" includes "-I${INCLUDES}")
foreach(header IN LISTS headers)
  execute_process(
    COMMAND ${COMPILER} -x ${LANGUAGE} -std=${STANDARD} -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion
            -Wsign-conversion -Wshadow -Werror ${includes} -include ${header} /dev/null
    RESULT_VARIABLE failed ERROR_VARIABLE problem)
  if(failed)
    message(SEND_ERROR "${header} does not compile alone as ${STANDARD} with ${COMPILER}:\n${problem}")
  endif()
endforeach()

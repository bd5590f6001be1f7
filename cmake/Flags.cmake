# SPDX-License-Identifier: Apache-2.0
# Compiler and linker flags of every target: warnings, hardening, sanitizers.

include(CheckPIESupported)
check_pie_supported()

add_compile_options(-Wall -Wextra -Wformat=2 -Wshadow
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> -Wconversion -Wsign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # Lock discipline is checked at compile time where the compiler can (style guide, Ownership).
  add_compile_options(-Wthread-safety -Werror=thread-safety)
endif()
if(GATEHOUSE_WERROR)
  add_compile_options(-Werror)
endif()

if(GATEHOUSE_FUZZ)
  # In every layer, or the fuzzer would be guided by the coverage of its own target alone.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(GATEHOUSE_SANITIZE)
  add_compile_options(-fsanitize=${GATEHOUSE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=${GATEHOUSE_SANITIZE})
  add_compile_definitions(GATEHOUSE_SANITIZED=1)
else()
  # -D_GLIBCXX_ASSERTIONS costs a compare a vector access and turns memory errors into clean ends.
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  add_compile_options(-fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
  if(CMAKE_BUILD_TYPE MATCHES "Rel")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-ftrivial-auto-var-init=zero)
  endif()
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
endif()
add_link_options(-Wl,--as-needed)

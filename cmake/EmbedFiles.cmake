# SPDX-License-Identifier: Apache-2.0
# gatehouse_embed_files(OUT NAMESPACE name ROOT folder FILES ...): a C++ source that defines
#   std::span<const TextFile> NAMESPACE::name();
# with the files' paths below ROOT and their texts; its includes are the caller's affair (HEADER). Written anew when a
# file changes.
#
# As a script: cmake -DOUT=.. -DHEADER=.. -DNAMESPACE=.. -DNAME=.. -DROOT=.. -DFILES=.. -P EmbedFiles.cmake

if(CMAKE_SCRIPT_MODE_FILE)
  set(source "// Made by cmake/EmbedFiles.cmake.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\nnamespace {\n")
  string(APPEND source "constexpr TextFile files[] = {\n")
  foreach(path IN LISTS FILES)
    file(READ ${ROOT}/${path} text)
    if(text MATCHES "\\)embedded\"")
      message(FATAL_ERROR "${ROOT}/${path}: holds )embedded\", which ends its own text")
    endif()
    string(APPEND source "    {\"${path}\", R\"embedded(${text})embedded\"},\n")
  endforeach()
  string(APPEND source "};\n}  // namespace\n\nstd::span<const TextFile> ${NAME}() { return files; }\n\n}  // namespace ${NAMESPACE}\n")
  file(WRITE ${OUT} "${source}")
  return()
endif()

set(GATEHOUSE_EMBED_FILES ${CMAKE_CURRENT_LIST_FILE})

function(gatehouse_embed_files out)
  cmake_parse_arguments(ARG "" "HEADER;NAMESPACE;NAME;ROOT" "FILES" ${ARGN})
  list(TRANSFORM ARG_FILES PREPEND ${ARG_ROOT}/ OUTPUT_VARIABLE inputs)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DHEADER=${ARG_HEADER} -DNAMESPACE=${ARG_NAMESPACE} -DNAME=${ARG_NAME}
            -DROOT=${ARG_ROOT} "-DFILES=${ARG_FILES}" -P ${GATEHOUSE_EMBED_FILES}
    DEPENDS ${inputs} ${GATEHOUSE_EMBED_FILES}
    VERBATIM)
endfunction()

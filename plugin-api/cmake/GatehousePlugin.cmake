# SPDX-License-Identifier: Apache-2.0
# gatehouse_add_plugin(NAME SOURCES ... [ENTRY source] [LINK ...]): a Gatehouse plugin, from sources that use
# GATEHOUSE_PLUGIN() once. ENTRY is the one of SOURCES that does; the others are then compiled once for both of these.
#
#   <name>          the plugin: ${CMAKE_BINARY_DIR}/lib/gatehouse/<name>.so. It exports the entry symbol and nothing
#                   else; the link fails when it does (GatehousePluginCheck.cmake says why that matters).
#   <name>_objects  the same sources for linking into a test or a benchmark, built only when something links it. Its entry
#                   symbol is gatehouse_plugin_<name, "-" as "_">, so that one program can hold several plugins.
#
# gatehouse_test_plugin(NAME [CONFIG file] [CHECK file]): the plugin's tests, for ctest. <name>.verify runs
# gatehouse-plugin-check on it; with a CONFIG, a server's configuration that names the plugin by that name, with the
# settings written there, and <name>.loads lets a server load it by that configuration. What lies in that server's
# state_dir is not touched: the check has folders of its own.
#
# CHECK is a check file (docs/plugin-check.md): effort, time_factor, quirks, and a [config] whose settings go before those of
# CONFIG. Where nothing fails but what it declares as a quirk, ctest shows <name>.verify as skipped. Relative files are
# looked up in the current source folder.

set(GATEHOUSE_PLUGIN_CMAKE_DIR ${CMAKE_CURRENT_LIST_DIR})

function(gatehouse_add_plugin name)
  cmake_parse_arguments(ARG "" "ENTRY" "SOURCES;LINK" ${ARGN})
  if(NOT name MATCHES "^[a-z0-9-]+$")
    message(FATAL_ERROR "gatehouse_add_plugin: \"${name}\" is not [a-z0-9-]+; the name is the plugin's id and file stem")
  endif()
  if(NOT ARG_SOURCES OR ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "gatehouse_add_plugin(${name}): give SOURCES, and nothing but SOURCES, ENTRY and LINK")
  endif()
  if(ARG_ENTRY AND NOT ARG_ENTRY IN_LIST ARG_SOURCES)
    message(FATAL_ERROR "gatehouse_add_plugin(${name}): the ENTRY, ${ARG_ENTRY}, is none of the SOURCES")
  endif()

  set(compiled ${ARG_SOURCES})
  if(ARG_ENTRY)
    string(REPLACE "." "\\." entry_object "/${ARG_ENTRY}.o")
    set(compiled ${ARG_ENTRY} "$<FILTER:$<TARGET_OBJECTS:${name}_objects>,EXCLUDE,${entry_object}>")
  endif()
  add_library(${name} MODULE ${compiled})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE Gatehouse::PluginSDK ${ARG_LINK})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/gatehouse
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON
    SKIP_BUILD_RPATH ON)

  # Hidden visibility leaves the weak templates of libstdc++ exported, and an export map alone would hide an entry symbol
  # that was compiled without GH_EXPORT: both, and a look at the result.
  set(map ${GATEHOUSE_PLUGIN_CMAKE_DIR}/plugin.map)
  target_link_options(${name} PRIVATE -Wl,--version-script=${map} -Wl,--exclude-libs,ALL
                      -Wl,-z,relro,-z,now,-z,noexecstack)
  set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${map})
  if(NOT GATEHOUSE_SANITIZE)
    # A sanitizer's own symbols come from the program.
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_COMMAND} -DPLUGIN=$<TARGET_FILE:${name}> -DREADELF=${CMAKE_READELF}
            -P ${GATEHOUSE_PLUGIN_CMAKE_DIR}/GatehousePluginCheck.cmake
    VERBATIM)

  string(REPLACE "-" "_" entry ${name})
  add_library(${name}_objects OBJECT EXCLUDE_FROM_ALL ${ARG_SOURCES})
  target_include_directories(${name}_objects PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_definitions(${name}_objects PRIVATE GATEHOUSE_PLUGIN_ENTRY=gatehouse_plugin_${entry})
  target_link_libraries(${name}_objects PUBLIC Gatehouse::PluginSDK ${ARG_LINK})
  # With ENTRY they are what the plugin is made of.
  set_target_properties(${name}_objects PROPERTIES
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    POSITION_INDEPENDENT_CODE ON)
endfunction()

function(gatehouse_test_plugin name)
  cmake_parse_arguments(ARG "" "CONFIG;CHECK" "" ${ARGN})
  if(NOT TARGET ${name} OR ARG_UNPARSED_ARGUMENTS OR ARG_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "gatehouse_test_plugin(${name}): give the name of a plugin from gatehouse_add_plugin(), and nothing "
            "but CONFIG and CHECK, each with a file")
  endif()
  foreach(file CONFIG CHECK)
    if(ARG_${file})
      get_filename_component(ARG_${file} ${ARG_${file}} ABSOLUTE)
    endif()
  endforeach()
  if(ARG_CONFIG)
    set(command ${Gatehouse_PROGRAM} plugins verify ${name} --config ${ARG_CONFIG})
    set(check_option --check)
    add_test(NAME ${name}.loads COMMAND ${Gatehouse_PROGRAM} check-config --config ${ARG_CONFIG})
  else()
    set(command ${Gatehouse_PLUGIN_CHECK} $<TARGET_FILE:${name}>)
    set(check_option --config)
  endif()
  if(ARG_CHECK)
    list(APPEND command ${check_option} ${ARG_CHECK})
  endif()
  add_test(NAME ${name}.verify COMMAND ${command})
  if(ARG_CHECK)
    # A declared quirk is not a failure, and does not hide either.
    set_tests_properties(${name}.verify PROPERTIES SKIP_RETURN_CODE 3)
  endif()
endfunction()

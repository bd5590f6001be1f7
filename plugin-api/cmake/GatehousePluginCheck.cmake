# SPDX-License-Identifier: Apache-2.0
# cmake -DPLUGIN=<file> -DREADELF=<readelf> -P GatehousePluginCheck.cmake
# Fails, and removes the file, unless its dynamic symbol table defines exactly the entry symbol; then makes sure that only
# the owner may write the file and its folder.
#
# Every other exported symbol can be bound to, or from, another plugin or the host: a plugin with its own copy of a
# library then runs on the host's, and a STB_GNU_UNIQUE symbol is one object for the whole process.

if(NOT READELF)
  find_program(READELF NAMES readelf llvm-readelf REQUIRED)
endif()
execute_process(COMMAND ${READELF} --dyn-syms --wide ${PLUGIN}
                OUTPUT_VARIABLE table ERROR_VARIABLE problem RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${READELF} cannot read ${PLUGIN}: ${problem}")
endif()

set(entry FALSE)
set(wrong "")
string(REPLACE ";" "\\;" table "${table}")
string(REPLACE "\n" ";" lines "${table}")
foreach(line IN LISTS lines)
  # Num: Value Size Type Bind Vis Ndx Name
  if(NOT line MATCHES "^ *[0-9]+: +[0-9a-f]+ +[0-9a-fx]+ +([A-Z]+) +([A-Z]+) +[A-Z]+ +([A-Z0-9]+) +([^ ]+)")
    continue()
  endif()
  set(type ${CMAKE_MATCH_1})
  set(bind ${CMAKE_MATCH_2})
  set(section ${CMAKE_MATCH_3})
  set(symbol ${CMAKE_MATCH_4})
  if(section STREQUAL "UND" OR bind STREQUAL "LOCAL")
    continue()
  endif()
  if(symbol STREQUAL "gatehouse_plugin_v1" AND type STREQUAL "OBJECT" AND bind STREQUAL "GLOBAL")
    set(entry TRUE)
  else()
    list(APPEND wrong "${symbol} (${bind} ${type})")
  endif()
endforeach()

set(complaint "")
if(NOT entry)
  string(APPEND complaint "\n  it does not export the data symbol gatehouse_plugin_v1: use GATEHOUSE_PLUGIN() once, "
         "or define the symbol with GH_EXPORT")
endif()
if(wrong)
  list(JOIN wrong "\n    " wrong)
  string(APPEND complaint "\n  it exports more than gatehouse_plugin_v1:\n    ${wrong}")
endif()
if(complaint)
  file(REMOVE ${PLUGIN})
  message(FATAL_ERROR "${PLUGIN} is not a Gatehouse plugin:${complaint}")
endif()

# The host loads nothing that others than its owner may write. A umask of 002 would leave just that.
set(mode PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
get_filename_component(folder ${PLUGIN} DIRECTORY)
file(CHMOD ${PLUGIN} ${mode})
file(CHMOD ${folder} ${mode})

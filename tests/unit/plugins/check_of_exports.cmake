# SPDX-License-Identifier: Apache-2.0
# cmake -DCHECK=GatehousePluginCheck.cmake -DPLUGIN=.. -DREADELF=.. -DCOPY=.. -DEXPECT=regex -P check_of_exports.cmake
# The check after link refuses this library with these words, and takes it away.
file(COPY_FILE ${PLUGIN} ${COPY})
execute_process(COMMAND ${CMAKE_COMMAND} -DPLUGIN=${COPY} -DREADELF=${READELF} -P ${CHECK}
                RESULT_VARIABLE failed ERROR_VARIABLE words)
if(NOT failed)
  message(FATAL_ERROR "the check took ${PLUGIN}")
endif()
if(NOT words MATCHES "${EXPECT}")
  message(FATAL_ERROR "the check's words do not match ${EXPECT}:\n${words}")
endif()
if(EXISTS ${COPY})
  message(FATAL_ERROR "the refused library is still there")
endif()

# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where. Everything finds everything else by its own place, so the prefix may be moved:
#
#   bin/gatehouse, bin/gatehouse-plugin-check    the server and the plugin check
#   lib/gatehouse/*.so                           plugins: where the server looks unless plugin_path says otherwise
#   include/gatehouse/                           plugin ABI (C11) and SDK (C++17)
#   share/cmake/Gatehouse/, share/pkgconfig/     find_package(Gatehouse), pkg-config gatehouse-plugin
#   share/doc/gatehouse/, share/gatehouse/       documents as they lie in the source tree, sample configurations
#
# Components: server, sdk. The SDK is headers and text: it goes to share/, which is the same for every machine.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS gatehouse RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT server)
get_property(plugins GLOBAL PROPERTY GATEHOUSE_SHIPPED_PLUGINS)
# The host takes no library that others than its owner may write.
install(TARGETS ${plugins} LIBRARY DESTINATION lib/gatehouse COMPONENT server
  PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
install(FILES config/gatehouse.toml config/dev.toml config/production.toml config/redis.toml
  DESTINATION ${CMAKE_INSTALL_DATADIR}/gatehouse COMPONENT server)

# The documents go with the server and with the SDK: each is what the other's refer to.
file(GLOB documents RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
  config/*.toml docs/*.md plugin-api/*.md plugin-api/samples/* plugins/*/README.md)
list(APPEND documents README.md CHANGELOG.md SECURITY.md LICENSE NOTICE)
foreach(component server sdk)
  install(CODE "
    set(ROOT \"${PROJECT_SOURCE_DIR}\")
    set(FILES \"${documents}\")
    set(WORK \"${CMAKE_BINARY_DIR}/package/doc\")
    set(DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/doc/gatehouse\")
    include(\"${PROJECT_SOURCE_DIR}/cmake/InstallDocs.cmake\")" COMPONENT ${component})
endforeach()

if(TARGET gatehouse-plugin-check)
  install(TARGETS gatehouse-plugin-check RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT sdk)
endif()
install(DIRECTORY plugin-api/include/gatehouse plugin-api/sdk/include/gatehouse
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")

# The ABI's version has one home, abi.h.
file(STRINGS plugin-api/include/gatehouse/abi.h abi_lines REGEX "^#define GH_ABI_M(AJOR|INOR) ")
string(REGEX REPLACE ".*MAJOR ([0-9]+)u.*MINOR ([0-9]+)u.*" "\\1.\\2" GATEHOUSE_ABI_VERSION "${abi_lines}")
if(NOT GATEHOUSE_ABI_VERSION MATCHES "^[0-9]+\\.[0-9]+$")
  message(FATAL_ERROR "plugin-api/include/gatehouse/abi.h: cannot read GH_ABI_MAJOR and GH_ABI_MINOR")
endif()

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/Gatehouse)
install(TARGETS gatehouse_abi gatehouse_sdk EXPORT GatehouseTargets COMPONENT sdk
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT GatehouseTargets NAMESPACE Gatehouse:: DESTINATION ${package_dir} COMPONENT sdk)
configure_package_config_file(plugin-api/cmake/GatehouseConfig.cmake.in ${CMAKE_BINARY_DIR}/package/GatehouseConfig.cmake
  INSTALL_DESTINATION ${package_dir})
# As long as the ABI is a draft a plugin is built from the same minor release as the server.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/GatehouseConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
configure_file(plugin-api/cmake/gatehouse-plugin.pc.in ${CMAKE_BINARY_DIR}/package/gatehouse-plugin.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/package/GatehouseConfig.cmake ${CMAKE_BINARY_DIR}/package/GatehouseConfigVersion.cmake
  plugin-api/cmake/GatehousePlugin.cmake plugin-api/cmake/GatehousePluginCheck.cmake plugin-api/cmake/plugin.map
  DESTINATION ${package_dir} COMPONENT sdk)
install(FILES ${CMAKE_BINARY_DIR}/package/gatehouse-plugin.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig
  COMPONENT sdk)

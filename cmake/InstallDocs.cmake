# SPDX-License-Identifier: Apache-2.0
# Run by `cmake --install`, with ROOT (the source tree), FILES (paths below it), WORK (a folder of the build) and DESTINATION.
# The documents lie as in the source tree, so that their links work. A link to what is not installed becomes its text.

file(REMOVE_RECURSE ${WORK})
foreach(path IN LISTS FILES)
  if(NOT path MATCHES "\\.md$")
    configure_file(${ROOT}/${path} ${WORK}/${path} COPYONLY)
    continue()
  endif()
  file(READ ${ROOT}/${path} text)
  get_filename_component(folder ${path} DIRECTORY)
  string(REGEX MATCHALL "\\[[^][]+\\]\\([A-Za-z0-9_./-]+(#[A-Za-z0-9_-]+)?\\)" links "${text}")
  list(REMOVE_DUPLICATES links)
  foreach(link IN LISTS links)
    string(REGEX REPLACE "^\\[(.*)\\]\\(([^#]*).*\\)$" "\\1" words "${link}")
    string(REGEX REPLACE "^\\[(.*)\\]\\(([^#]*).*\\)$" "\\2" target "${link}")
    # From the root of the tree, without "..".
    get_filename_component(target "/${folder}/${target}" ABSOLUTE)
    string(REGEX REPLACE "^/" "" target "${target}")
    # A file, or a folder with one in it.
    set(installed ${FILES})
    list(FILTER installed INCLUDE REGEX "^${target}(/|$)")
    if(NOT installed)
      string(REPLACE "${link}" "${words}" text "${text}")
    endif()
  endforeach()
  file(WRITE ${WORK}/${path} "${text}")
endforeach()
file(INSTALL ${WORK}/ DESTINATION ${DESTINATION})

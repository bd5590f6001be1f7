# SPDX-License-Identifier: Apache-2.0
# What `gatehouse plugins new` writes, by language and kind. In these files "example-<kind>" stands for the plugin's name
# and "example_<kind>" for an identifier made of it.
set(GATEHOUSE_TEMPLATE_FILES)
function(gatehouse_template folder)
  foreach(file CMakeLists.txt README.md dev.toml.in ${ARGN})
    list(APPEND GATEHOUSE_TEMPLATE_FILES ${folder}/${file})
  endforeach()
  set(GATEHOUSE_TEMPLATE_FILES ${GATEHOUSE_TEMPLATE_FILES} PARENT_SCOPE)
endfunction()

gatehouse_template(cpp/store plugin.cpp store.h store.cpp kind.h kind.cpp ordered_key.h cursor.h)
gatehouse_template(cpp/kms plugin.cpp key_ring.h key_ring.cpp key_folder.h key_folder.cpp key.h key.cpp)
gatehouse_template(cpp/limiter plugin.cpp sliding_window.h sliding_window.cpp)
gatehouse_template(cpp/mail plugin.cpp mail_folder.h mail_folder.cpp)
gatehouse_template(c/kms plugin.c key_ring.h key_ring.c key_folder.h key_folder.c key.h key.c)
gatehouse_template(c/limiter plugin.c sliding_window.h sliding_window.c)
gatehouse_template(c/mail plugin.c)

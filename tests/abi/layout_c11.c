// SPDX-License-Identifier: Apache-2.0
#include "layout_asserts.h"

// A plugin in plain C can be written down: the entry symbol is constant-initialised.
static gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  (void)args;
  (void)call;
  *out = NULL;
  return GH_UNSUPPORTED;
}
const gh_plugin gatehouse_plugin_in_c;
const gh_plugin gatehouse_plugin_in_c = {.magic = GH_MAGIC,
                                         .struct_size = sizeof(gh_plugin),
                                         .abi_major = GH_ABI_MAJOR,
                                         .abi_minor = GH_ABI_MINOR,
                                         .id = "in-c",
                                         .create = create};

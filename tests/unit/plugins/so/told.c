// SPDX-License-Identifier: Apache-2.0
// A plugin that tells when code of it runs: its constructor makes the file that CONSTRUCTOR_RAN names. TOLD_FUTURE: it
// is of an ABI to come. TOLD_LATE: its entry is put together by that constructor. TOLD_FOREIGN: it points into another
// library.
#include <gatehouse/mail_transport.h>
#include <gatehouse/plugin.h>

#include <stdio.h>
#include <stdlib.h>

static gh_status answer(gh_instance* self, const gh_call* call) {
  (void)self;
  (void)call;
  return GH_OK;
}
static gh_status send_mail(gh_instance* self, const gh_call* call, const gh_mail* mail) {
  (void)mail;
  return answer(self, call);
}
static gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  (void)args;
  (void)call;
  *out = (gh_instance*)out;
  return GH_OK;
}
static void destroy(gh_instance* self) { (void)self; }

static const gh_mail_transport_v1 table = {sizeof(gh_mail_transport_v1), 0, send_mail, answer};
static const gh_interface interfaces[] = {{GH_MAIL_TRANSPORT_V1, &table}};
static const gh_setting settings[] = {
    {"folder", "mails", NULL, "Where the mails go.", GH_SETTING_PATH, 0},
    {"mode", NULL, "fast, safe", "How they go there.", GH_SETTING_TEXT, GH_SETTING_REQUIRED},
};

#if defined(TOLD_FOREIGN)
extern char** environ;
#define LICENSE ((const char*)&environ)
#else
#define LICENSE "MIT"
#endif
#if defined(TOLD_FUTURE)
#define MAJOR (GH_ABI_MAJOR + 1)
#else
#define MAJOR GH_ABI_MAJOR
#endif
#define ENTRY                                                                                              \
  {                                                                                                        \
    GH_MAGIC, sizeof(gh_plugin), MAJOR, GH_ABI_MINOR, 0, TOLD_ID, "1.2.3", LICENSE, "Tells.", settings, 2, \
        sizeof(gh_setting), interfaces, 1, sizeof(gh_interface), 7, 0, create, answer, answer, destroy     \
  }

#if defined(TOLD_LATE)
GH_EXPORT gh_plugin gatehouse_plugin_v1;
#else
GH_EXPORT const gh_plugin gatehouse_plugin_v1 = ENTRY;
#endif

__attribute__((constructor)) static void tell(void) {
  const char* path = getenv("CONSTRUCTOR_RAN");
  FILE* file = path != NULL ? fopen(path, "w") : NULL;
  if (file != NULL) fclose(file);
#if defined(TOLD_LATE)
  const gh_plugin entry = ENTRY;
  gatehouse_plugin_v1 = entry;
#endif
}

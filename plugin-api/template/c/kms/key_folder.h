/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "key.h"

#include <gatehouse/abi.h>

/* A folder with one file a key, "<purpose>.<version>", for the server's user alone. Files are added and never changed.
 * One call at a time. A `why` of `size` bytes gets a sentence when the status is not GH_OK. */
struct key_folder;

struct key_file {
  char purpose[33];
  uint32_t version;
  uint32_t algorithm;
  int64_t created_us;
  struct key* key;
};

/* Nothing happens before folder_open(). NULL: out of memory. */
struct key_folder* folder_new(gh_slice path);
void folder_free(struct key_folder* folder);

/* Makes the folder where it is missing and gives every key in it, in no order, to `keep`, which takes file->key over
 * and answers false when it has no memory. A file that is no key, or that others may read, is GH_UNAVAILABLE. */
gh_status folder_open(struct key_folder* folder, bool (*keep)(void* context, const struct key_file* file),
                      void* context, char* why, size_t size);

/* GH_OK: it is on the disk. GH_UNAVAILABLE: nothing happened, for instance because another server added that version.
 * GH_IN_DOUBT: it may be there. */
gh_status folder_write(struct key_folder* folder, const struct key_file* file, char* why, size_t size);

/* SPDX-License-Identifier: Apache-2.0 */
#include "key_folder.h"

#include <openssl/crypto.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { most_versions = 10000 };

static const char aside[] = ".new";

struct key_folder {
  int fd; /* -1 before folder_open() */
  char path[];
};

struct key_folder* folder_new(gh_slice path) {
  struct key_folder* folder = calloc(1, sizeof(*folder) + path.size + 1);
  if (folder == NULL) return NULL;
  folder->fd = -1;
  memcpy(folder->path, path.data, path.size);
  return folder;
}

void folder_free(struct key_folder* folder) {
  if (folder == NULL) return;
  if (folder->fd >= 0) close(folder->fd);
  free(folder);
}

static gh_status failed(const struct key_folder* folder, gh_status status, const char* what, const char* name,
                        char* why, size_t size) {
  char reason[128] = "";
  if (strerror_r(errno, reason, sizeof(reason)) != 0) reason[0] = '\0';
  snprintf(why, size, "%s %s/%s: %s", what, folder->path, name, reason);
  return status;
}

/* The file's name is "<purpose>.<version>", its content "<algorithm> <created_us>\n" and the key. */
static bool parse(const char* name, const uint8_t* content, size_t size, struct key_file* file) {
  char head[64];
  const uint8_t* line = memchr(content, '\n', size < sizeof(head) ? size : sizeof(head) - 1);
  if (line == NULL) return false;
  const size_t head_size = (size_t)(line - content);
  memcpy(head, content, head_size);
  head[head_size] = '\0';
  int name_end = 0;
  int head_end = 0;
  if (sscanf(name, "%32[a-z_].%" SCNu32 "%n", file->purpose, &file->version, &name_end) != 2 ||
      name[name_end] != '\0' || file->version < 1 || file->version > most_versions ||
      sscanf(head, "%" SCNu32 " %" SCNd64 "%n", &file->algorithm, &file->created_us, &head_end) != 2 ||
      head[head_end] != '\0') {
    return false;
  }
  file->key = key_decode(file->algorithm, line + 1, size - head_size - 1);
  return file->key != NULL;
}

static gh_status read_file(const struct key_folder* folder, const char* name, struct key_file* file, char* why,
                           size_t size) {
  uint8_t content[most_key_bytes + 64];
  struct stat info;
  const int fd = openat(folder->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return failed(folder, GH_UNAVAILABLE, "cannot open", name, why, size);
  const ssize_t got = fstat(fd, &info) == 0 ? read(fd, content, sizeof(content)) : -1;
  close(fd);
  if (got < 0) return failed(folder, GH_UNAVAILABLE, "cannot read", name, why, size);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    snprintf(why, size, "%s/%s: others than the server may read this key; chmod 600 it", folder->path, name);
    return GH_UNAVAILABLE;
  }
  const bool is_key = parse(name, content, (size_t)got, file);
  OPENSSL_cleanse(content, sizeof(content));
  if (is_key) return GH_OK;
  snprintf(why, size, "%s/%s: is no key of this plugin; take it away, or put the right file back", folder->path, name);
  return GH_UNAVAILABLE;
}

static gh_status read_all(struct key_folder* folder, bool (*keep)(void* context, const struct key_file* file),
                          void* context, char* why, size_t size) {
  DIR* files = opendir(folder->path);
  if (files == NULL) return failed(folder, GH_UNAVAILABLE, "cannot open", "", why, size);
  gh_status status = GH_OK;
  for (const struct dirent* entry = readdir(files); status == GH_OK && entry != NULL; entry = readdir(files)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    struct key_file file = {{0}, 0, 0, 0, NULL};
    status = read_file(folder, entry->d_name, &file, why, size);
    if (status == GH_OK && !keep(context, &file)) {
      snprintf(why, size, "out of memory");
      status = GH_UNAVAILABLE;
    }
  }
  closedir(files);
  return status;
}

gh_status folder_open(struct key_folder* folder, bool (*keep)(void* context, const struct key_file* file),
                      void* context, char* why, size_t size) {
  if (mkdir(folder->path, 0700) != 0 && errno != EEXIST) {
    return failed(folder, GH_UNAVAILABLE, "cannot make", "", why, size);
  }
  folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder->fd < 0) return failed(folder, GH_UNAVAILABLE, "cannot open", "", why, size);
  unlinkat(folder->fd, aside, 0); /* a server was killed while it wrote */
  return read_all(folder, keep, context, why, size);
}

static bool write_new(const struct key_folder* folder, const struct key_file* file) {
  uint8_t content[most_key_bytes + 64];
  const int head = snprintf((char*)content, 64, "%" PRIu32 " %" PRId64 "\n", file->algorithm, file->created_us);
  size_t size = 0;
  if (!key_encode(file->key, content + head, &size)) return false;
  size += (size_t)head;
  const int fd = openat(folder->fd, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && write(fd, content, size) == (ssize_t)size && fsync(fd) == 0;
  OPENSSL_cleanse(content, sizeof(content));
  if (fd >= 0) close(fd);
  return written;
}

gh_status folder_write(struct key_folder* folder, const struct key_file* file, char* why, size_t size) {
  char name[48];
  snprintf(name, sizeof(name), "%s.%" PRIu32, file->purpose, file->version);
  /* A link, because a rename would replace the same version of another server. */
  const bool linked = write_new(folder, file) && linkat(folder->fd, aside, folder->fd, name, 0) == 0;
  const gh_status status = linked ? GH_OK : failed(folder, GH_UNAVAILABLE, "cannot write", name, why, size);
  unlinkat(folder->fd, aside, 0);
  if (linked && fsync(folder->fd) != 0) return failed(folder, GH_IN_DOUBT, "cannot flush", name, why, size);
  return status;
}

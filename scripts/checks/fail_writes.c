/* A disk that is full: preloaded into a process, it makes writes to regular files fail.
 *   FAIL_AT=N   the N-th call of write, writev, pwrite, fsync or rename fails, from 1
 *   FAIL_ALL=1  and all after it
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

/* Whether this call is one to fail. */
static int fails(void) {
  const char* at = getenv("FAIL_AT");
  if (at == NULL) return 0;
  const long call = atomic_fetch_add(&calls, 1) + 1;
  if (call != atol(at) && (getenv("FAIL_ALL") == NULL || call < atol(at))) return 0;
  errno = ENOSPC;
  return 1;
}

static int is_file(int descriptor) {
  struct stat status;
  return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  ssize_t (*next)(int, const void*, size_t) = dlsym(RTLD_NEXT, "write");
  return is_file(descriptor) && fails() ? -1 : next(descriptor, bytes, size);
}

ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  ssize_t (*next)(int, const struct iovec*, int) = dlsym(RTLD_NEXT, "writev");
  return is_file(descriptor) && fails() ? -1 : next(descriptor, parts, count);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t at) {
  ssize_t (*next)(int, const void*, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
  return is_file(descriptor) && fails() ? -1 : next(descriptor, bytes, size, at);
}

int fsync(int descriptor) {
  int (*next)(int) = dlsym(RTLD_NEXT, "fsync");
  return is_file(descriptor) && fails() ? -1 : next(descriptor);
}

int rename(const char* from, const char* to) {
  int (*next)(const char*, const char*) = dlsym(RTLD_NEXT, "rename");
  return fails() ? -1 : next(from, to);
}

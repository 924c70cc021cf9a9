/* Makes reads fail with EIO, by whatever call, of the file or directory whose path stands in the file named by FAILREAD_TRIGGER, if there is one. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

static int isWanted(int fd) {
    const char *trigger = getenv("FAILREAD_TRIGGER");
    int file = trigger == NULL ? -1 : open(trigger, O_RDONLY);
    if (file < 0) {
        return 0;
    }
    char wanted[PATH_MAX] = "";
    ssize_t (*real)(int, void *, size_t) = (ssize_t (*)(int, void *, size_t)) dlsym(RTLD_NEXT, "read");
    ssize_t length = real(file, wanted, sizeof wanted - 1);
    close(file);
    char link[32];
    char path[PATH_MAX] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return length > 0 && readlink(link, path, sizeof path - 1) > 0 && strcmp(path, wanted) == 0;
}

static int failing(int fd) {
    /* The end of a directory leaves it alone, and is told from an error by that. */
    int before = errno;
    int wanted = isWanted(fd);
    errno = before;
    return wanted;
}

#define FAIL_OR(call) \
    if (failing(fd)) { \
        errno = EIO; \
        return -1; \
    } \
    return call;

ssize_t pread64(int fd, void *to, size_t count, off64_t position) {
    ssize_t (*real)(int, void *, size_t, off64_t) =
            (ssize_t (*)(int, void *, size_t, off64_t)) dlsym(RTLD_NEXT, "pread64");
    FAIL_OR(real(fd, to, count, position))
}

static ssize_t send(const char *name, int out, int fd, off64_t *position, size_t count) {
    ssize_t (*real)(int, int, off64_t *, size_t) = (ssize_t (*)(int, int, off64_t *, size_t)) dlsym(RTLD_NEXT, name);
    FAIL_OR(real(out, fd, position, count))
}

ssize_t sendfile(int out, int fd, off_t *position, size_t count) {
    return send("sendfile", out, fd, position, count);
}

ssize_t sendfile64(int out, int fd, off64_t *position, size_t count) {
    return send("sendfile64", out, fd, position, count);
}

struct dirent *readdir(DIR *dir) {
    struct dirent *(*real)(DIR *) = (struct dirent * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir");
    if (failing(dirfd(dir))) {
        errno = EIO;
        return NULL;
    }
    return real(dir);
}

struct dirent64 *readdir64(DIR *dir) {
    struct dirent64 *(*real)(DIR *) = (struct dirent64 * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir64");
    if (failing(dirfd(dir))) {
        errno = EIO;
        return NULL;
    }
    return real(dir);
}

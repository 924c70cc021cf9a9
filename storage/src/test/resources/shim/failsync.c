/* Makes fsync and fdatasync fail with EIO, or what FAILSYNC_ERRNO says, while the file named by FAILSYNC_TRIGGER exists; if a path
   stands in it, only those of the file or directory there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failing(int fd) {
    const char *trigger = getenv("FAILSYNC_TRIGGER");
    int file = trigger == NULL ? -1 : open(trigger, O_RDONLY);
    if (file < 0) {
        return 0;
    }
    char wanted[PATH_MAX] = "";
    ssize_t length = read(file, wanted, sizeof wanted - 1);
    close(file);
    if (length <= 0) {
        return 1;
    }
    char link[32];
    char path[PATH_MAX] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return readlink(link, path, sizeof path - 1) > 0 && strcmp(path, wanted) == 0;
}

static int error(void) {
    const char *number = getenv("FAILSYNC_ERRNO");
    return number == NULL ? EIO : atoi(number);
}

int fsync(int fd) {
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");
    if (failing(fd)) {
        errno = error();
        return -1;
    }
    return real(fd);
}

int fdatasync(int fd) {
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
    if (failing(fd)) {
        errno = error();
        return -1;
    }
    return real(fd);
}

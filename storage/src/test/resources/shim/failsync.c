/* Makes fsync and fdatasync fail with EIO, or what FAILSYNC_ERRNO says, while the file named by FAILSYNC_TRIGGER exists. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int failing(void) {
    const char *trigger = getenv("FAILSYNC_TRIGGER");
    return trigger != NULL && access(trigger, F_OK) == 0;
}

static int error(void) {
    const char *number = getenv("FAILSYNC_ERRNO");
    return number == NULL ? EIO : atoi(number);
}

int fsync(int fd) {
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");
    if (failing()) {
        errno = error();
        return -1;
    }
    return real(fd);
}

int fdatasync(int fd) {
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
    if (failing()) {
        errno = error();
        return -1;
    }
    return real(fd);
}

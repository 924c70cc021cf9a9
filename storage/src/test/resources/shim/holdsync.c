/* Holds up fsync and fdatasync of files whose path ends in what stands in the file named by HOLDSYNC_TRIGGER, as long as that file
   exists, and tells of it by a file of the same name with ".held" behind. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int wanted(int fd, const char *trigger) {
    char suffix[64] = "";
    char link[64];
    char path[PATH_MAX + 1] = "";
    int file = open(trigger, O_RDONLY);
    if (file < 0) {
        return 0;
    }
    ssize_t length = read(file, suffix, sizeof suffix - 1);
    close(file);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t all = readlink(link, path, PATH_MAX);
    return length > 0 && all >= length && strcmp(path + all - length, suffix) == 0;
}

static void hold(int fd) {
    const char *trigger = getenv("HOLDSYNC_TRIGGER");
    if (trigger == NULL || !wanted(fd, trigger)) {
        return;
    }
    char held[PATH_MAX];
    snprintf(held, sizeof held, "%s.held", trigger);
    close(open(held, O_WRONLY | O_CREAT, 0644));
    while (access(trigger, F_OK) == 0) {
        usleep(1000);
    }
}

int fsync(int fd) {
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");
    hold(fd);
    return real(fd);
}

int fdatasync(int fd) {
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");
    hold(fd);
    return real(fd);
}

// Preloaded, refuses waits for want of memory: after the first hundred of a thread, as many as SCARCE_CALLS says in a
// row, then one is let through, and so on.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <liburing.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { CALLS_MIN = 100 };

static int is_refused(void) {
    static _Thread_local long calls;
    const char *scarce = getenv("SCARCE_CALLS");
    return scarce && calls++ >= CALLS_MIN && calls % (atol(scarce) + 1) != 0;
}

int io_uring_enter2(unsigned fd, unsigned count, unsigned wait_count, unsigned flags, sigset_t *argument,
                    size_t argument_bytes) {
    if (is_refused()) return -ENOMEM;
    int (*original)(unsigned, unsigned, unsigned, unsigned, sigset_t *, size_t) =
        (int (*)(unsigned, unsigned, unsigned, unsigned, sigset_t *, size_t))dlsym(RTLD_NEXT, __func__);
    return original(fd, count, wait_count, flags, argument, argument_bytes);
}

long syscall(long number, ...) {
    if (number == SYS_epoll_pwait2 && is_refused()) {
        errno = ENOMEM;
        return -1;
    }
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++) arguments[i] = va_arg(list, long);
    va_end(list);
    long (*original)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, __func__);
    return original(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

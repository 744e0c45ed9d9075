// Preloaded, lets rings be made and not be used, as a container's filter may: REFUSED_STEP names the call that is
// refused, io_uring_register (the one that enables a ring) or io_uring_enter. INTERRUPTIONS says how many of the latter
// a signal interrupts.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <liburing.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int is_refused(const char *step) {
    const char *refused = getenv("REFUSED_STEP");
    return refused && strcmp(refused, step) == 0;
}

int io_uring_register(unsigned fd, unsigned opcode, const void *argument, unsigned count) {
    if (opcode == IORING_REGISTER_ENABLE_RINGS && is_refused("io_uring_register")) return -EPERM;
    int (*original)(unsigned, unsigned, const void *, unsigned) =
        (int (*)(unsigned, unsigned, const void *, unsigned))dlsym(RTLD_NEXT, __func__);
    return original(fd, opcode, argument, count);
}

int io_uring_enter2(unsigned fd, unsigned count, unsigned wait_count, unsigned flags, sigset_t *argument,
                    size_t argument_bytes) {
    if (is_refused("io_uring_enter")) return -EPERM;
    static atomic_int interruptions;
    const char *wanted = getenv("INTERRUPTIONS");
    if (wanted && atomic_fetch_add(&interruptions, 1) < atoi(wanted)) return -EINTR;
    int (*original)(unsigned, unsigned, unsigned, unsigned, sigset_t *, size_t) =
        (int (*)(unsigned, unsigned, unsigned, unsigned, sigset_t *, size_t))dlsym(RTLD_NEXT, __func__);
    return original(fd, count, wait_count, flags, argument, argument_bytes);
}

// Preloaded, lets io_uring take no more requests after a while, as a kernel that has forbidden the ring: first for the
// moment, as the caller may hope, then for good.
#include <errno.h>
#include <liburing.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SUBMISSIONS_MAX = 1000 };

int io_uring_enter2(unsigned fd, unsigned count, unsigned wait_count, unsigned flags, sigset_t *argument,
                    size_t argument_bytes) {
    static _Thread_local unsigned submissions;
    if (count > 0 && submissions++ >= SUBMISSIONS_MAX) return flags & IORING_ENTER_GETEVENTS ? -EAGAIN : -EPERM;
    long result = syscall(SYS_io_uring_enter, fd, count, wait_count, flags, argument, argument_bytes);
    return result < 0 ? -errno : (int)result;
}

// Preloaded, lets the process have one eventfd, as if the descriptors had run out when it asked for the next.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>

int eventfd(unsigned count, int flags) {
    static atomic_int asked;
    if (atomic_fetch_add(&asked, 1) == 0) return ((int (*)(unsigned, int))dlsym(RTLD_NEXT, "eventfd"))(count, flags);
    errno = EMFILE;
    return -1;
}

// Preloaded, lets only the first thread have eventfds, as if the descriptors had run out when the others started.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

int eventfd(unsigned count, int flags) {
    if (gettid() == getpid()) return ((int (*)(unsigned, int))dlsym(RTLD_NEXT, "eventfd"))(count, flags);
    errno = EMFILE;
    return -1;
}

// Preloaded, lets an epoll set take only every other client, as if fs.epoll.max_user_watches were reached meanwhile.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/epoll.h>

int epoll_ctl(int set, int operation, int descriptor, struct epoll_event *event) {
    enum { FIRST_CLIENT = 16 };  // below lie the listeners, the log and the loop's own
    if (operation == EPOLL_CTL_ADD && descriptor >= FIRST_CLIENT && descriptor % 2) {
        errno = ENOSPC;
        return -1;
    }
    int (*original)(int, int, int, struct epoll_event *) =
        (int (*)(int, int, int, struct epoll_event *))dlsym(RTLD_NEXT, __func__);
    return original(set, operation, descriptor, event);
}

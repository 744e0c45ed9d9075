// Preloaded, makes the machine's liburing look like 2.5 and later, which ask the kernel for a ring without an index
// array: the server finds none. The kernel still has it, filled here as the newer library's kernel would read it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <liburing.h>
#include <stdio.h>

int io_uring_queue_init_params(unsigned entries, struct io_uring *ring, struct io_uring_params *params) {
    int (*original)(unsigned, struct io_uring *, struct io_uring_params *) =
        (int (*)(unsigned, struct io_uring *, struct io_uring_params *))dlsym(RTLD_NEXT, __func__);
    int code = original(entries, ring, params);
    if (code != 0) return code;
    for (unsigned i = 0; ring->sq.array && i < *ring->sq.kring_entries; i++) ring->sq.array[i] = i;
    ring->sq.array = NULL;
    fputs("no index array\n", stderr);
    return 0;
}

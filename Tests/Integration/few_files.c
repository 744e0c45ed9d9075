// Preloaded, gives a ring's table of files fewer places than were asked for, as if there were no memory for the rest.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <liburing.h>
#include <stdio.h>

int io_uring_register_files_sparse(struct io_uring *ring, unsigned count) {
    int (*original)(struct io_uring *, unsigned) =
        (int (*)(struct io_uring *, unsigned))dlsym(RTLD_NEXT, "io_uring_register_files_sparse");
    int code = original(ring, count < 4 ? count : 4);
    if (code == 0) fputs("few files\n", stderr);
    return code;
}

#include "allocator.h"
#include <jemalloc/jemalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *p, size_t size) {
    if (p) return p;
    fprintf(stderr, "Out of memory allocating %zu bytes\n", size);
    abort();
}
void *apus_allocate(size_t size) { return checked(mallocx(size ? size : 1, 0), size); }
void *apus_allocate_zeroed(size_t size) { return checked(mallocx(size ? size : 1, MALLOCX_ZERO), size); }
void apus_free(void *block, size_t size) { sdallocx(block, size ? size : 1, 0); }
void *apus_resize(void *block, size_t old_size, size_t new_size) {
    (void)old_size;
    return checked(rallocx(block, new_size ? new_size : 1, 0), new_size);
}
size_t apus_usable_size(size_t size) { return nallocx(size ? size : 1, 0); }

// Allocations that own their pages, and what can be done with pages apart from their allocation.
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>
#include "allocator.h"
#include "pages.h"

#if APUS_ALLOCATOR_IS_SYSTEM

void pages_start(void) {}
bool apus_owns_pages(size_t size) { return (void)size, false; }
bool apus_exchange_pages(void *block, size_t size) { return (void)block, (void)size, false; }
void apus_release_pages(void *bytes, size_t size) { (void)bytes, (void)size; }

#else

/// The smallest allocation that jemalloc gives whole pages of its own; smaller ones share theirs in slabs.
static size_t owner_bytes_min = SIZE_MAX;

void pages_start(void) {
    int64_t size = apus_allocator_control("arenas.lextent.0.size");
    if (size > 0) owner_bytes_min = (size_t)size;
}

bool apus_owns_pages(size_t size) { return size >= owner_bytes_min; }

bool apus_exchange_pages(void *block, size_t size) {
    // jemalloc may start such an allocation inside its first page, to spread cache lines: that page is its own, too.
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)block & ~(page - 1);
    size_t bytes = (((uintptr_t)block + size + page - 1) & ~(page - 1)) - first;
    if (madvise((void *)first, bytes, MADV_DONTNEED) == 0) return true;
    // Locked memory is not let go of in this way, but a new mapping in its place has new pages as well.
    return mmap((void *)first, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
                -1, 0) != MAP_FAILED;
}

void apus_release_pages(void *bytes, size_t size) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = ((uintptr_t)bytes + page - 1) & ~(page - 1);
    uintptr_t end = ((uintptr_t)bytes + size) & ~(page - 1);
    // (Locked memory stays until it is freed.)
    if (begin < end) madvise((void *)begin, end - begin, MADV_DONTNEED);
}

#endif

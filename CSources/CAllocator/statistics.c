// What the allocator says about itself, and how it is told to behave.
#define _GNU_SOURCE  // dladdr
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "allocator.h"
#include "pages.h"

uint64_t apus_resident_set(void) {
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char text[128];
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return 0;
    text[count] = 0;
    // "size resident shared …", in pages.
    const char *resident = strchr(text, ' ');
    return resident ? strtoull(resident, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

#if APUS_ALLOCATOR_IS_SYSTEM

void apus_memory_statistics_read(apus_memory_statistics *statistics) {
    uint64_t used = (uint64_t)apus_used_memory();
    uint64_t rss = apus_resident_set();
    *statistics = (apus_memory_statistics){.used = (int64_t)used, .allocated = used, .active = used,
                                           .resident = rss, .mapped = rss, .rss = rss};
}

bool apus_allocator_start(void) { return true; }
bool apus_allocator_set_background(bool enabled) { return (void)enabled, false; }
void apus_allocator_purge(void) {}
const char *apus_allocator_name(void) { return "libc"; }
int64_t apus_allocator_control(const char *name) { return (void)name, -1; }

#else
#include <jemalloc/jemalloc.h>

// jemalloc looks this symbol up when it is loaded, which is before any code of ours runs (hence its name without our
// prefix). The environment variable MALLOC_CONF goes over it.
// - background_thread: purging happens off the threads that serve.
// - dirty_decay_ms: pages that a burst of deletes emptied go back to the kernel within seconds, not at once: the next
//   burst of writes wants them.
// - metadata_thp: its own tables on huge pages once they fill some, for fewer TLB misses in large heaps.
// - slab_sizes, in pages: the classes that fill one page exactly would have slabs of one page, whose descriptors take
//   128 bytes: 2 bytes of each 64-byte entry. With four pages, like their neighbours', a million keys take 1.7 MB less.
const char *malloc_conf =
    "background_thread:true,dirty_decay_ms:5000,muzzy_decay_ms:0,metadata_thp:auto,"
    "slab_sizes:32-32:2|64-64:4|128-128:4";

// jemalloc's figures are those of the last epoch; whatever is written begins the next.
static void refresh(void) {
    uint64_t epoch = 1;
    mallctl("epoch", NULL, NULL, &epoch, sizeof epoch);
}

int64_t apus_allocator_control(const char *name) {
    // The value's own size tells its type: bool, unsigned or 64 bits.
    union {
        bool flag;
        uint32_t word;
        int64_t number;
    } value = {.number = 0};
    static const size_t sizes[] = {sizeof(int64_t), sizeof(uint32_t), sizeof(bool)};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        if (mallctl(name, &value, &size, NULL, 0) != 0) {
            value.number = 0;
            continue;
        }
        return size == sizeof(bool) ? value.flag : size == sizeof(uint32_t) ? value.word : value.number;
    }
    return -1;
}

static uint64_t figure(const char *name) {
    size_t value = 0, size = sizeof value;
    return mallctl(name, &value, &size, NULL, 0) == 0 ? value : 0;
}

// jemalloc's names of "all arenas together" carry the number MALLCTL_ARENAS_ALL.
#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)
#define ALL_ARENAS TEXT_OF(MALLCTL_ARENAS_ALL)

void apus_memory_statistics_read(apus_memory_statistics *statistics) {
    refresh();
    *statistics = (apus_memory_statistics){
        .used = apus_used_memory(),
        .allocated = figure("stats.allocated"),
        .active = figure("stats.active"),
        .metadata = figure("stats.metadata"),
        .resident = figure("stats.resident"),
        .mapped = figure("stats.mapped"),
        .retained = figure("stats.retained"),
        .muzzy = figure("stats.arenas." ALL_ARENAS ".pmuzzy") * figure("arenas.page"),
        .rss = apus_resident_set(),
    };
}

bool apus_allocator_set_background(bool enabled) {
    return mallctl("background_thread", NULL, NULL, &enabled, sizeof enabled) == 0;
}

void apus_allocator_purge(void) { mallctl("arena." ALL_ARENAS ".purge", NULL, NULL, NULL, 0); }

// Blocks come from malloc and go back through sdallocx, so both must be of one library. They are not when another
// allocator has been loaded over jemalloc, with LD_PRELOAD for instance.
static void refuse_foreign_malloc(void) {
    Dl_info general, specific;
    if (!dladdr((void *)malloc, &general) || !dladdr((void *)mallocx, &specific)) return;
    if (general.dli_fbase == specific.dli_fbase) return;
    fprintf(stderr, "malloc is %s's, but this server needs jemalloc's (%s)\n", general.dli_fname, specific.dli_fname);
    exit(1);
}

bool apus_allocator_start(void) {
    refuse_foreign_malloc();
    pages_start();
    // Where the process was linked so that jemalloc does not see malloc_conf, set what can still be set.
    if (apus_allocator_control("background_thread") != 1) apus_allocator_set_background(true);
    // Every size of the classes that are close together, then each class, of four to a doubling, more than ten times.
    for (size_t size = 1; size <= 1 << 16; size += size < 512 ? 1 : size / 64)
        if (nallocx(size, 0) != apus_usable_size(size)) return false;
    return true;
}

const char *apus_allocator_name(void) {
    return "jemalloc-" TEXT_OF(JEMALLOC_VERSION_MAJOR) "." TEXT_OF(JEMALLOC_VERSION_MINOR) "." TEXT_OF(
        JEMALLOC_VERSION_BUGFIX);
}
#endif

// Sized calls over one of two backends, and the threads' accounts. Contract: allocator.h.
#include "allocator.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chunk.h"
#include "counter.h"

// Two backends with one shape: blocks come and go with their sizes.
#if APUS_ALLOCATOR_IS_SYSTEM
static inline void *backend_allocate(size_t size) { return malloc(size); }
static inline void *backend_allocate_zeroed(size_t size) { return calloc(1, size); }
static inline void *backend_resize(void *block, size_t size) { return realloc(block, size); }
static inline void backend_free(void *block, size_t size) { (void)size, free(block); }
#else
#include <jemalloc/jemalloc.h>
// malloc, not mallocx(size, 0): the same block, but only malloc has the fast path (3.4 ns against 6.5 for a block of 64
// bytes allocated and freed). `apus_allocator_start` makes sure that it is jemalloc's.
static inline void *backend_allocate(size_t size) { return malloc(size); }
static inline void *backend_allocate_zeroed(size_t size) { return mallocx(size, MALLOCX_ZERO); }
static inline void *backend_resize(void *block, size_t size) { return rallocx(block, size, 0); }
static inline void backend_free(void *block, size_t size) { sdallocx(block, size, 0); }
#endif

// Neither backend accepts size 0.
static inline size_t at_least_one(size_t size) { return size + !size; }

static void tell_standard_error(size_t size) { fprintf(stderr, "Out of memory allocating %zu bytes\n", size); }

static void (*tell_exhausted)(size_t size) = tell_standard_error;

void apus_allocator_set_exhausted(void (*tell)(size_t size)) { tell_exhausted = tell; }

__attribute__((cold, noreturn)) static void exhausted(size_t size) {
    tell_exhausted(size);
    abort();
}

static inline void *checked(void *block, size_t size) {
    if (__builtin_expect(!block, 0)) exhausted(size);
    return block;
}

void *apus_allocate(size_t size) {
    counter_add((int64_t)apus_usable_size(size));
    return checked(backend_allocate(at_least_one(size)), size);
}

void *apus_allocate_zeroed(size_t size) {
    counter_add((int64_t)apus_usable_size(size));
    return checked(backend_allocate_zeroed(at_least_one(size)), size);
}

void apus_free(void *block, size_t size) {
    counter_add(-(int64_t)apus_usable_size(size));
    backend_free(block, at_least_one(size));
}

void *apus_resize(void *block, size_t old_size, size_t new_size) {
    counter_add((int64_t)apus_usable_size(new_size) - (int64_t)apus_usable_size(old_size));
    return checked(backend_resize(block, at_least_one(new_size)), new_size);
}

// The threads' counters.

_Thread_local apus_memory_counter apus_counter __attribute__((tls_model("initial-exec")));

static pthread_mutex_t counters_lock = PTHREAD_MUTEX_INITIALIZER;  // guards the two below
static apus_memory_counter *counters;  // of living threads
static int64_t ended;                  // the sum of those that ended

static pthread_key_t exit_key;
static pthread_once_t exit_key_once = PTHREAD_ONCE_INIT;

// Runs on a thread that ends. A later destructor of the same thread may allocate again: it then attaches again, and
// the C library calls this once more.
static void detach(void *counter_of_thread) {
    apus_chunk_release_kept();
    apus_memory_counter *counter = counter_of_thread;
    pthread_mutex_lock(&counters_lock);
    if (counter->previous) counter->previous->next = counter->next;
    else counters = counter->next;
    if (counter->next) counter->next->previous = counter->previous;
    ended += atomic_load_explicit(&counter->bytes, memory_order_relaxed);
    atomic_store_explicit(&counter->bytes, 0, memory_order_relaxed);
    pthread_mutex_unlock(&counters_lock);
    counter->is_attached = false;
}

static void create_exit_key(void) {
    if (pthread_key_create(&exit_key, detach)) abort();
}

__attribute__((cold, noinline)) void apus_counter_attach(void) {
    apus_memory_counter *counter = &apus_counter;
    pthread_once(&exit_key_once, create_exit_key);
    // Before the call below, which may itself allocate.
    counter->is_attached = true;
    pthread_setspecific(exit_key, counter);
    pthread_mutex_lock(&counters_lock);
    counter->previous = NULL;
    counter->next = counters;
    if (counters) counters->previous = counter;
    counters = counter;
    pthread_mutex_unlock(&counters_lock);
}

void apus_allocator_attach(void) { counter_add(0); }

void apus_account(int64_t bytes) { counter_add(bytes); }

int64_t apus_used_memory(void) {
    pthread_mutex_lock(&counters_lock);
    int64_t sum = ended;
    for (apus_memory_counter *counter = counters; counter; counter = counter->next)
        sum += atomic_load_explicit(&counter->bytes, memory_order_relaxed);
    pthread_mutex_unlock(&counters_lock);
    return sum;
}

int64_t apus_thread_memory(void) { return atomic_load_explicit(&apus_counter.bytes, memory_order_relaxed); }

// A thread's account of memory, private to the allocator.
//
// Written by its thread only, with plain loads and stores (atomic in the language's eyes, so that others may read), and
// alone on its cache line, so that nobody else's work slows the addition.
// Invariant: attached exactly while it is on the list of counters; detached ones are zero.
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct apus_memory_counter {
    _Alignas(64) _Atomic(int64_t) bytes;
    bool is_attached;
    struct apus_memory_counter *next;
    struct apus_memory_counter *previous;
} apus_memory_counter;
_Static_assert(sizeof(apus_memory_counter) == 64, "one cache line");

// Initial-exec: one addition to the thread pointer, no call, which a library loaded at start may always use.
extern _Thread_local apus_memory_counter apus_counter __attribute__((tls_model("initial-exec")));

void apus_counter_attach(void);

static inline void counter_add(int64_t bytes) {
    apus_memory_counter *counter = &apus_counter;
    if (__builtin_expect(!counter->is_attached, 0)) apus_counter_attach();
    int64_t old = atomic_load_explicit(&counter->bytes, memory_order_relaxed);
    atomic_store_explicit(&counter->bytes, old + bytes, memory_order_relaxed);
}

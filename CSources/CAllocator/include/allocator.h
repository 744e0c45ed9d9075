// The allocator: every byte Apus owns comes through here, so that `used_memory` tells the truth.
//
// Contract: callers remember what they asked for. `apus_free` and `apus_resize` take the size that was passed to
// `apus_allocate` (or any size of the same class), which spares jemalloc the look-up and lets us account without a
// header. Allocation never fails softly: an exhausted machine ends the process with a message, as Redis does.
// Accounting: each thread adds to a counter of its own, which only it writes; a block freed by another thread than its
// allocator leaves one counter high and another low, and only the sum means anything.
// Invariant: the sum of all threads' accounted bytes = the sum of apus_usable_size(size) over live allocations, and of
// what apus_account was told.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Sanitizers replace the process's allocator and must see every block: such builds use the system's malloc.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define APUS_ALLOCATOR_IS_SYSTEM 1
#endif
#endif
#ifndef APUS_ALLOCATOR_IS_SYSTEM
#define APUS_ALLOCATOR_IS_SYSTEM 0
#endif

/// Returns at least `size` bytes, aligned to 16 (to 8 if size <= 8), uninitialised. `size` 0 returns a valid block.
void *_Nonnull apus_allocate(size_t size);

/// Same, zeroed.
void *_Nonnull apus_allocate_zeroed(size_t size);

/// Gives a block back. `size` is what it was asked for. Any thread.
void apus_free(void *_Nonnull block, size_t size);

/// Changes a block's size, keeping the first min(old, new) bytes; may move it.
void *_Nonnull apus_resize(void *_Nonnull block, size_t old_size, size_t new_size);

/// Whether an allocation of `size` has whole pages of memory to itself, from apus_allocator_start on.
bool apus_owns_pages(size_t size);

/// Gives an allocation that owns its pages new ones, with whatever content; the old ones stay with whoever in the
/// kernel still refers to them, unchanged. False if the kernel refuses. Microseconds, and a page fault per page after.
bool apus_exchange_pages(void *_Nonnull block, size_t size);

/// Lets the whole pages among some bytes of an allocation go, ahead of `apus_free`; their content is lost. About 70 us
/// per MiB.
void apus_release_pages(void *_Nonnull bytes, size_t size);

/// The bytes that an allocation of `size` really occupies: the allocator's size class, computed without asking it.
/// Classes are 8, then each multiple of 16 up to 128, then four to each doubling (160, 192, 224, 256, 320, …): those
/// of a jemalloc with a quantum of 16 bytes, which a test compares with the linked one.
static inline size_t apus_usable_size(size_t size) {
    if (size <= 8) return 8;
    size_t step = 16;
    if (size > 128) step = (size_t)1 << (61 - __builtin_clzll(size - 1));  // a quarter of the power of two below
    return (size + step - 1) & ~(step - 1);
}

/// Bytes in live allocations, in size classes, over all threads. Exact when no other thread is allocating; otherwise
/// off by what they are doing at this moment. O(threads).
int64_t apus_used_memory(void);

/// What the calling thread alone has allocated minus what it has freed; may be negative. The difference of two reads
/// is what happened in between on this thread. O(1).
int64_t apus_thread_memory(void);

/// Counts among the accounted bytes what others allocate for data and clients: Swift's arrays and tables, by estimate.
/// Whoever tells of them takes as much back. O(1).
void apus_account(int64_t bytes);

/// Called by anything that keeps memory per thread, so that it is given back when the thread ends.
void apus_allocator_attach(void);

/// The allocator's own figures, in bytes.
typedef struct apus_memory_statistics {
    int64_t used;        // apus_used_memory()
    uint64_t allocated;  // in live blocks, of whoever: ours, Swift's and the C library's
    uint64_t active;     // in pages with at least one live block
    uint64_t metadata;   // the allocator's own
    uint64_t resident;   // in physical memory, as far as the allocator knows
    uint64_t mapped;     // in address space in use
    uint64_t retained;   // in address space kept for later
    uint64_t muzzy;      // in pages that the kernel may take back
    uint64_t rss;        // the process's resident set, from the kernel
} apus_memory_statistics;

/// Reads all figures afresh. Takes microseconds (one system call and locks): for INFO and timers.
void apus_memory_statistics_read(apus_memory_statistics *_Nonnull statistics);

/// The process's resident set in bytes, from /proc/self/statm; 0 if that is not to be had.
uint64_t apus_resident_set(void);

/// Called once by main before threads start. Turns on background purging if the configuration compiled in has not.
/// Returns whether the linked allocator's size classes are those of `apus_usable_size`; if not, accounting is off by
/// the difference and all else works.
bool apus_allocator_start(void);

/// Lets `tell` say that `size` bytes could not be had, on the thread that is about to abort for it; it must not
/// allocate. Without one it is said on standard error. Before threads start.
void apus_allocator_set_exhausted(void (*_Nonnull tell)(size_t size));

/// Lets the allocator return unused dirty pages on threads of its own, or stops that. Returns whether it could.
bool apus_allocator_set_background(bool enabled);

/// Returns all unused dirty pages of all arenas to the kernel now.
void apus_allocator_purge(void);

/// "jemalloc-5.3.0" or "libc", as INFO's mem_allocator reports it.
const char *_Nonnull apus_allocator_name(void);

/// Reads one of the allocator's numeric or boolean settings or figures by its mallctl name; -1 if there is none.
int64_t apus_allocator_control(const char *_Nonnull name);

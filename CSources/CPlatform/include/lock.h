// A lock of four bytes: many of them fit beside what they guard, and an uncontended one costs one atomic instruction
// each way. A waiter spins for as long as a sleep would cost, then sleeps in the kernel, and spins again when woken.
//
// It is not fair and not recursive. Zeroed memory is a free lock.
// The word is a plain integer accessed through the compiler's atomics, the same as C11's, so that Swift can import it.
// Invariant: 0 free, 1 held, 2 held and somebody may sleep.
#pragma once
#include <stdbool.h>
#include <stdint.h>

typedef struct apus_lock {
    uint32_t state;
} apus_lock;

void apus_lock_acquire_slow(apus_lock *_Nonnull lock);
void apus_lock_release_slow(apus_lock *_Nonnull lock);

/// Takes the lock if it is free at this moment.
static inline bool apus_lock_try(apus_lock *_Nonnull lock) {
    uint32_t free = 0;
    return __atomic_compare_exchange_n(&lock->state, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/// Asks for the lock's line, to take it soon.
static inline void apus_lock_prefetch(const apus_lock *_Nonnull lock) { __builtin_prefetch(lock, 1); }

/// Takes the lock, waiting as long as it needs.
static inline void apus_lock_acquire(apus_lock *_Nonnull lock) {
    if (__builtin_expect(!apus_lock_try(lock), 0)) apus_lock_acquire_slow(lock);
}

/// Gives the lock back; only by its holder.
static inline void apus_lock_release(apus_lock *_Nonnull lock) {
    if (__builtin_expect(__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2, 0)) apus_lock_release_slow(lock);
}

/// Whether somebody holds the lock: for assertions.
static inline bool apus_lock_is_held(const apus_lock *_Nonnull lock) {
    return __atomic_load_n(&lock->state, __ATOMIC_RELAXED) != 0;
}

/// A hint to the processor that the caller is spinning.
static inline void apus_spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/// Sleeps while `*word == expected`, until woken or `timeout_ns` has passed (negative: for ever). Returns false when
/// the time is up. Wakes without cause happen: the caller looks again.
bool apus_futex_wait(const uint32_t *_Nonnull word, uint32_t expected, int64_t timeout_ns);

/// Wakes up to `count` sleepers on `word`. Returns how many.
int apus_futex_wake(const uint32_t *_Nonnull word, int count);

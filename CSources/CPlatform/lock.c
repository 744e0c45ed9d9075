// The lock's slow ways: to spin, then to sleep on a futex. The fast ones: lock.h.
#define _GNU_SOURCE
#include "lock.h"
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    // What a sleep and its end take of both sides. A holder that runs needs less; but it may have been interrupted, by
    // the very packets that it has sent before.
    SPIN_NS_MAX = 25000,
    // Between two looks at the word; more looks would only pull the line away from its holder.
    SPIN_PAUSES_BETWEEN_LOOKS_MAX = 16,
};

bool apus_futex_wait(const uint32_t *word, uint32_t expected, int64_t timeout_ns) {
    struct timespec timeout = {.tv_sec = timeout_ns / 1000000000, .tv_nsec = timeout_ns % 1000000000};
    long result = syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout_ns < 0 ? NULL : &timeout, NULL, 0);
    return !(result < 0 && errno == ETIMEDOUT);
}

int apus_futex_wake(const uint32_t *word, int count) {
    return (int)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

// Spinning for a lock whose holder cannot run at the same time is a waste.
static bool has_other_processors(void) {
    static int known = -1;
    int count = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (__builtin_expect(count < 0, 0)) {
        cpu_set_t set;
        count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 2;
        __atomic_store_n(&known, count, __ATOMIC_RELAXED);
    }
    return count > 1;
}

static int64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// Takes the lock, with `taken` as its state, if it becomes free soon.
static bool spin(apus_lock *lock, uint32_t taken) {
    int64_t end = monotonic_ns() + SPIN_NS_MAX;
    int between = 1;
    do {
        for (int i = 0; i < between; i++) apus_spin_pause();
        // Look before trying: a failed exchange would still take the line away from the holder.
        uint32_t state = __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
        if (state == 0 && __atomic_compare_exchange_n(&lock->state, &state, taken, false, __ATOMIC_ACQUIRE,
                                                      __ATOMIC_RELAXED)) {
            return true;
        }
        if (between < SPIN_PAUSES_BETWEEN_LOOKS_MAX) between *= 2;
    } while (monotonic_ns() < end);
    return false;
}

void apus_lock_acquire_slow(apus_lock *lock) {
    bool spins = has_other_processors();
    if (spins && spin(lock, 1)) return;
    // From here on we may sleep, so whoever releases must wake; holding with 2 costs at most one wake too many.
    while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0) {
        apus_futex_wait(&lock->state, 2, -1);
        // Whoever released has most likely taken it again meanwhile: to sleep at once would make it wake us once more
        // at its next release, and so on.
        if (spins && spin(lock, 2)) return;
    }
}

void apus_lock_release_slow(apus_lock *lock) { apus_futex_wake(&lock->state, 1); }

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
    // What a holder needs for one command fits into as many pauses (some 40 to 140 cycles each on current x86); then
    // sleeping is the better use of the processor.
    SPIN_PAUSES_MAX = 100,
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
static int spin_pauses(void) {
    static int known = -1;
    int pauses = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (__builtin_expect(pauses < 0, 0)) {
        cpu_set_t set;
        int cpus = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 2;
        pauses = cpus > 1 ? SPIN_PAUSES_MAX : 0;
        __atomic_store_n(&known, pauses, __ATOMIC_RELAXED);
    }
    return pauses;
}

void apus_lock_acquire_slow(apus_lock *lock) {
    int left = spin_pauses();
    for (int between = 1; left > 0; left -= between) {
        for (int i = 0; i < between; i++) apus_spin_pause();
        // Look before trying: a failed exchange would still take the line away from the holder.
        if (__atomic_load_n(&lock->state, __ATOMIC_RELAXED) == 0 && apus_lock_try(lock)) return;
        if (between < SPIN_PAUSES_BETWEEN_LOOKS_MAX) between *= 2;
    }
    // From here on we may sleep, so whoever releases must wake; holding with 2 costs at most one wake too many.
    while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0) apus_futex_wait(&lock->state, 2, -1);
}

void apus_lock_release_slow(apus_lock *lock) { apus_futex_wake(&lock->state, 1); }

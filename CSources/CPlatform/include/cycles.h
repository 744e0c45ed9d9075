// The processor's time-stamp counter: the cheapest clock there is, for durations of commands. Its rate is found by
// comparing it with the monotonic clock over the life of the server.
#pragma once
#include <stdint.h>

/// Ticks since some fixed moment, at a constant rate.
static inline uint64_t apus_cycles(void) {
#if defined(__x86_64__) || defined(__i386__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#endif
}

#pragma once
#include <stdbool.h>
#include <stdint.h>
typedef struct apus_lock { uint32_t state; } apus_lock;
static inline bool apus_lock_try(apus_lock *_Nonnull l) { uint32_t e = 0; return __atomic_compare_exchange_n(&l->state, &e, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED); }
static inline void apus_lock_acquire(apus_lock *_Nonnull l) { while (!apus_lock_try(l)) {} }
static inline void apus_lock_release(apus_lock *_Nonnull l) { __atomic_store_n(&l->state, 0, __ATOMIC_RELEASE); }

#pragma once
#include <stdbool.h>
#include <stdatomic.h>
typedef struct apus_lock { _Atomic(unsigned) state; } apus_lock;
static inline bool apus_lock_try(apus_lock *_Nonnull l) { unsigned e = 0; return atomic_compare_exchange_strong(&l->state, &e, 1); }
static inline void apus_lock_acquire(apus_lock *_Nonnull l) { while (!apus_lock_try(l)) {} }
static inline void apus_lock_release(apus_lock *_Nonnull l) { atomic_store(&l->state, 0); }

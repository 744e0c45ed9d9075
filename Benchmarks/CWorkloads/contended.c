// The lock and the gate with others at them: a crew of threads that start a piece of work together.
//
// Contract: one caller at a time. The crew's threads live as long as the process and sleep between pieces; waking them
// takes some ten microseconds, to be measured with pieces of milliseconds.
// Invariant: while a piece runs, `arrived` threads have begun it and `running` have not finished.
#include "gate.h"
#include "lock.h"
#include "workloads.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    CREW_MAX = 8,
    /// The generation's low digits say how many threads it is for: the piece itself may be another one already when a
    /// thread that has no part in it wakes up.
    GENERATION_STEP = 16,
    /// A short command, as dependent multiplications.
    COMMAND_MULTIPLICATIONS = 100,
    /// Commands of a worker's turn, in which it is inside the gate.
    TURN_COMMANDS = 16,
};

typedef struct piece {
    void (*_Nonnull work)(uint32_t self, const struct piece *_Nonnull piece);
    uint32_t threads, rounds, locks;
    apus_gate *_Nullable gate;
} piece;

static struct {
    pthread_t threads[CREW_MAX];
    uint32_t count;  // the caller included
    piece piece;
    _Alignas(64) uint32_t generation;  // futex
    _Alignas(64) _Atomic(uint32_t) arrived;
    _Alignas(64) uint32_t running;     // futex
    _Alignas(64) _Atomic(bool) is_over;
} crew = {.count = 1};

/// Begins when all have come: threads that start one after another would not meet.
static void crew_do(uint32_t self) {
    atomic_fetch_add(&crew.arrived, 1);
    while (atomic_load(&crew.arrived) < crew.piece.threads) apus_spin_pause();
    crew.piece.work(self, &crew.piece);
}

static void *crew_member(void *argument) {
    uint32_t self = (uint32_t)(uintptr_t)argument;
    for (uint32_t seen = 0;;) {
        while (__atomic_load_n(&crew.generation, __ATOMIC_ACQUIRE) == seen) apus_futex_wait(&crew.generation, seen, -1);
        seen = __atomic_load_n(&crew.generation, __ATOMIC_ACQUIRE);
        if (self >= seen % GENERATION_STEP) continue;
        crew_do(self);
        if (__atomic_sub_fetch(&crew.running, 1, __ATOMIC_RELEASE) == 0) apus_futex_wake(&crew.running, 1);
    }
    return NULL;
}

static void crew_run(piece work) {
    if (work.threads > CREW_MAX) work.threads = CREW_MAX;
    // Members that come late to a generation would miss it: all are started before the piece is set.
    while (crew.count < work.threads) {
        if (pthread_create(crew.threads + crew.count, NULL, crew_member, (void *)(uintptr_t)crew.count) != 0) abort();
        crew.count++;
    }
    crew.piece = work;
    atomic_store(&crew.arrived, 0);
    atomic_store(&crew.is_over, false);
    __atomic_store_n(&crew.running, work.threads - 1, __ATOMIC_RELAXED);
    uint32_t generation = crew.generation - crew.generation % GENERATION_STEP + GENERATION_STEP + work.threads;
    __atomic_store_n(&crew.generation, generation, __ATOMIC_RELEASE);
    apus_futex_wake(&crew.generation, CREW_MAX);
    crew_do(0);
    for (uint32_t left; (left = __atomic_load_n(&crew.running, __ATOMIC_ACQUIRE)) != 0;)
        apus_futex_wait(&crew.running, left, -1);
}

// MARK: Locks

static void lock_work(uint32_t self, const piece *work) {
    enum { LOCKS_MAX = 1024 };
    static struct {
        _Alignas(64) apus_lock lock;
        uint64_t guarded;
    } guards[LOCKS_MAX];
    uint32_t mask = (work->locks < LOCKS_MAX ? work->locks : LOCKS_MAX) - 1;
    for (uint32_t i = 0; i < work->rounds; i++) {
        uint32_t index = (i * 2654435761u + self * 40503u) >> 16 & mask;
        apus_lock_acquire(&guards[index].lock);
        guards[index].guarded++;
        apus_lock_release(&guards[index].lock);
    }
}

void bench_lock_run_contended(uint32_t threads, uint32_t locks, uint32_t rounds) {
    crew_run((piece){.work = lock_work, .threads = threads, .rounds = rounds, .locks = locks});
}

// MARK: The gate

static apus_gate *gate_of(uint32_t threads) {
    static apus_gate *gates[CREW_MAX + 1];
    if (!gates[threads]) gates[threads] = apus_gate_create(threads);
    return gates[threads];
}

static void gate_work(uint32_t self, const piece *work) {
    for (uint32_t i = 0; i < work->rounds; i++) {
        apus_gate_enter(work->gate, self);
        apus_gate_leave(work->gate, self);
    }
}

void bench_gate_run_shared(uint32_t threads, uint32_t rounds) {
    crew_run((piece){.work = gate_work, .threads = threads, .rounds = rounds, .gate = gate_of(threads)});
}

static int64_t pauses_ns;

int64_t bench_pauses_ns(void) { return pauses_ns; }

static int64_t monotonic_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void exclusive_work(uint32_t self, const piece *work) {
    if (self == 0) {
        apus_gate_enter(work->gate, 0);
        for (uint32_t i = 0; i < work->rounds; i++) {
            apus_gate_begin_exclusive(work->gate, 0);
            apus_gate_end_exclusive(work->gate, 0);
            // The others are back inside before the next: else a section would meet a gate that is empty.
            int64_t paused = monotonic_ns();
            bench_yardstick_run(TURN_COMMANDS * COMMAND_MULTIPLICATIONS);
            pauses_ns += monotonic_ns() - paused;
        }
        apus_gate_leave(work->gate, 0);
        atomic_store(&crew.is_over, true);
        return;
    }
    while (!atomic_load_explicit(&crew.is_over, memory_order_relaxed)) {
        apus_gate_enter(work->gate, self);
        for (int i = 0; i < TURN_COMMANDS && !apus_gate_is_wanted(work->gate); i++)
            bench_yardstick_run(COMMAND_MULTIPLICATIONS);
        apus_gate_leave(work->gate, self);
    }
}

void bench_gate_run_exclusive(uint32_t threads, uint32_t rounds) {
    crew_run((piece){.work = exclusive_work, .threads = threads, .rounds = rounds, .gate = gate_of(threads)});
}

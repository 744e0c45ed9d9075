// The gate: a word for each worker, a word for who wants to be alone, and futexes on both sides. Why nobody is missed:
// gate.h.
#include "gate.h"
#include <assert.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "allocator.h"

/// One worker's word, alone on its line: only its owner writes it.
typedef struct {
    _Alignas(APUS_LINE_BYTES) _Atomic(uint32_t) inside;
} presence;

struct apus_gate {
    _Alignas(APUS_LINE_BYTES) _Atomic(uint32_t) wanted;  // futex: 0, or 1 + the exclusive worker
    _Atomic(uint32_t) departures;                        // futex: bumped when a worker leaves while `wanted`
    uint32_t workers;
    presence workers_inside[];
};

static void wait_while(_Atomic(uint32_t) *word, uint32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake_all(_Atomic(uint32_t) *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

apus_gate *apus_gate_create(uint32_t workers) {
    size_t size = sizeof(apus_gate) + workers * sizeof(presence);
    // The allocator aligns to 16; a gate lives as long as the process, so the slack for its lines is never given back.
    uintptr_t at = (uintptr_t)apus_allocate(size + APUS_LINE_BYTES);
    apus_gate *gate = (apus_gate *)((at + APUS_LINE_BYTES - 1) & ~(uintptr_t)(APUS_LINE_BYTES - 1));
    memset(gate, 0, size);
    gate->workers = workers;
    return gate;
}

void apus_gate_enter(apus_gate *gate, uint32_t self) {
    _Atomic(uint32_t) *inside = &gate->workers_inside[self].inside;
    for (;;) {
        atomic_store(inside, 1);
        uint32_t wanted = atomic_load(&gate->wanted);
        if (wanted == 0 || wanted == self + 1) return;
        apus_gate_leave(gate, self);
        wait_while(&gate->wanted, wanted);
    }
}

void apus_gate_leave(apus_gate *gate, uint32_t self) {
    atomic_store(&gate->workers_inside[self].inside, 0);
    if (atomic_load(&gate->wanted) == 0) return;
    atomic_fetch_add(&gate->departures, 1);
    wake_all(&gate->departures);
}

bool apus_gate_is_wanted(const apus_gate *gate) {
    return atomic_load_explicit(&gate->wanted, memory_order_relaxed) != 0;
}

void apus_gate_begin_exclusive(apus_gate *gate, uint32_t self) {
    uint32_t free = 0;
    while (!atomic_compare_exchange_strong(&gate->wanted, &free, self + 1)) {
        // Another one comes first: be out of its way, or the two would wait for each other.
        apus_gate_leave(gate, self);
        wait_while(&gate->wanted, free);
        apus_gate_enter(gate, self);
        free = 0;
    }
    for (uint32_t worker = 0; worker < gate->workers; worker++) {
        if (worker == self) continue;
        for (;;) {
            uint32_t departures = atomic_load(&gate->departures);
            if (atomic_load(&gate->workers_inside[worker].inside) == 0) break;
            wait_while(&gate->departures, departures);
        }
    }
}

bool apus_gate_is_exclusive(const apus_gate *gate, uint32_t self) {
    // No other worker's section can carry this worker's number.
    return atomic_load_explicit(&gate->wanted, memory_order_relaxed) == self + 1;
}

void apus_gate_end_exclusive(apus_gate *gate, uint32_t self) {
    assert(apus_gate_is_exclusive(gate, self));
    (void)self;  // where assertions are compiled away
    atomic_store(&gate->wanted, 0);
    wake_all(&gate->wanted);
}

// The gate between shared and exclusive execution.
//
// Worker threads execute commands side by side, each under the locks of its shards. What cannot name its shards in
// advance runs exclusively: while every other worker is out, which is to say between commands, asleep in the kernel, or
// waiting for a lock with nothing of its command executed. A worker enters once per turn of its loop and looks at one
// shared flag between commands, so sharing costs a store per turn and a read-mostly load per command.
//
// Store-then-load on both sides (the worker publishes `inside` and then reads `wanted`; the exclusive one publishes
// `wanted` and then reads every `inside`), both sequentially consistent: at least one of them sees the other.
// Invariant: while one is exclusive, every other worker's `inside` is 0 or it is on its way out without executing.
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum {
    APUS_WORKERS_MAX = 256,  // as many as Valkey allows for `io-threads`
    APUS_LINE_BYTES = 64,
};

typedef struct apus_gate apus_gate;

/// A gate for `workers` threads, all of them out.
apus_gate *_Nonnull apus_gate_create(uint32_t workers);

/// Worker `self` is about to execute commands. Waits while another one is exclusive.
void apus_gate_enter(apus_gate *_Nonnull gate, uint32_t self);

/// Worker `self` executes nothing until it enters again.
void apus_gate_leave(apus_gate *_Nonnull gate, uint32_t self);

/// Whether somebody waits to run exclusively: a worker inside then leaves and enters again between two commands.
bool apus_gate_is_wanted(const apus_gate *_Nonnull gate);

/// Whether worker `self` is the exclusive one: for assertions, by that worker.
bool apus_gate_is_exclusive(const apus_gate *_Nonnull gate, uint32_t self);

/// Makes worker `self`, which is inside, the only one. Others that want the same come one after another.
void apus_gate_begin_exclusive(apus_gate *_Nonnull gate, uint32_t self);

/// Ends what began; the worker is still inside.
void apus_gate_end_exclusive(apus_gate *_Nonnull gate, uint32_t self);

// Pace: for how many events a busy loop waits before it goes on.
//
// Under load a server that is faster than its clients is woken for every single request, and the sleep and the wake-up
// cost more than the request. When several connections are active and events come fast, it pays to let a few of them
// gather. The loop learns both from epochs of 128 received events: how many different connections they came from, and
// how long they took. One client that waits for each reply is never made to wait; nor is a slow trickle from many.
// The kernel ends the wait when the events are there, or after PACE_WAIT_US with what has come (and only then goes on
// to sleep for the first one), so that the price is bounded: at most that much latency, at more than 1 event in it.
// Measured at pipeline 1 with 50 connections: see the README's decisions.
// Invariant: wait_count is 1 unless the last epoch saw at least 8 active connections.
#pragma once
#include <stdint.h>

enum {
    PACE_EPOCH_EVENTS = 128,
    /// Longest gathering: well below what a loaded server's queues add. (At pipeline 1 with 50 connections, requests
    /// per CPU-second against Valkey: 40 us and a share of 4 gave 1.06 times, 100 us and 2 gave 1.15.)
    PACE_WAIT_US = 100,
    /// A turn of this many events has amortised its system call.
    PACE_EVENTS_MAX = 32,
    /// Fewer than these are not worth a delay: below 40,000 requests per second nobody waits.
    PACE_EVENTS_MIN = 4,
    /// Of the active connections, one in so many is worth waiting for: the others' requests are being worked on.
    PACE_SHARE = 2,
};

typedef struct pace {
    uint32_t epoch;
    uint32_t events;   // received in this epoch
    uint32_t active;   // connections they came from
    uint32_t wait_count;
    uint64_t since;    // monotonic ns at which the epoch began
} pace;

/// Bytes came from a connection that was last seen in `*seen`.
static inline void pace_note(pace *p, uint32_t *seen) {
    if (*seen != p->epoch) {
        *seen = p->epoch;
        p->active++;
    }
    p->events++;
}

/// Whether an epoch is over, so that `pace_learn` is due.
static inline int pace_is_due(const pace *p) { return p->events >= PACE_EPOCH_EVENTS; }

/// Concludes an epoch.
static inline void pace_learn(pace *p, uint64_t now) {
    uint64_t elapsed = now - p->since + 1;
    uint64_t expected = (uint64_t)p->events * PACE_WAIT_US * 1000 / elapsed;
    uint64_t count = p->active / PACE_SHARE;
    if (count > expected) count = expected;
    if (count > PACE_EVENTS_MAX) count = PACE_EVENTS_MAX;
    p->wait_count = count >= PACE_EVENTS_MIN ? (uint32_t)count : 1;
    p->epoch++;
    p->events = 0;
    p->active = 0;
    p->since = now;
}

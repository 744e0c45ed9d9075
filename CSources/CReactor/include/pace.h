// Pace: for how many events a busy loop waits before it goes on.
//
// Under load a server that is faster than its clients is woken for every single request, and the sleep and the wake-up
// cost more than the request. When several connections are active and the thread is busy, it pays to let a few requests
// gather. The loop learns from epochs of 128 received events: how many different connections they came from, how long
// they took, and for how much of that time the thread was at work.
//
// The busier the thread, the longer it gathers: a thread at a tenth of its capacity answers at once, since it has time
// to spare and its clients have not; one near its limit trades at most PACE_WAIT_US of latency, which is less than what
// a queue would cost there, for work that it then need not do. Among more than PACE_MANY active connections, each waits
// for its turn longer than that, and the busiest threads gather longer for it. One client that waits for each reply is
// never made to wait; nor is a slow trickle from many. The kernel ends the wait when the events are there, or after the
// time with what has come (and only then goes on to sleep for the first one). What it gains: see the README's
// decisions.
// Invariant: wait_count is 1 unless the last epoch saw at least 8 active connections.
#pragma once
#include <stdint.h>

enum {
    PACE_EPOCH_EVENTS = 128,
    /// Longest gathering: that of a thread which is nearly always at work.
    PACE_WAIT_US = 500,
    /// Others gather by the eighth power of their share of work, of this: for 3 us at two fifths of the capacity, for
    /// 18 at a half, for 180 at two thirds (where slower clients in closed loops keep it), for the longest from three
    /// quarters on. By the fourth, clients of a thread that is half at work would wait four times as long and gain
    /// nothing; by the twelfth, closed loops lose a part of their gain.
    PACE_WAIT_US_SCALE = 4500,
    /// What each active connection beyond PACE_MANY adds, by the same power: an epoch tells 128 apart.
    PACE_WAIT_US_EACH = 8,
    PACE_MANY = 64,
    /// A turn of this many events has amortised its system call.
    PACE_EVENTS_MAX = 64,
    /// Fewer than these are not worth a delay.
    PACE_EVENTS_MIN = 4,
    /// Nor do more wait than bring this many bytes: a turn's requests should be in the cache still when they are run.
    PACE_BYTES_MAX = 256 << 10,
    /// Of the active connections, one in so many is worth waiting for: the others' requests are being worked on.
    PACE_SHARE = 2,
};

typedef struct pace {
    uint32_t epoch;
    uint32_t events;      // received in this epoch
    uint32_t active;      // connections they came from
    uint32_t wait_count;  // events to gather; 1: do not
    uint32_t wait_us;     // for so long at most
    uint32_t event_bytes;  // what an event of the last epoch brought, on average
    uint64_t since;       // monotonic ns at which the epoch began
    uint64_t worked;      // the thread's CPU time at that moment, in ns
    uint64_t received;    // the bytes it had received by then
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

/// Concludes an epoch. `now`: monotonic ns; `worked`: the thread's CPU time in ns; `received`: all bytes so far.
static inline void pace_learn(pace *p, uint64_t now, uint64_t worked, uint64_t received) {
    uint64_t elapsed = now - p->since + 1, work = worked - p->worked;
    if (work > elapsed) work = elapsed;
    double share = (double)work / (double)elapsed, fourth = share * share * share * share;
    double eighth = fourth * fourth;
    uint32_t beyond = p->active > PACE_MANY ? p->active - PACE_MANY : 0;
    uint64_t wait_us = (uint64_t)(eighth * PACE_WAIT_US_SCALE);
    if (wait_us > PACE_WAIT_US) wait_us = PACE_WAIT_US;
    wait_us += (uint64_t)(eighth * (beyond * PACE_WAIT_US_EACH));
    uint64_t expected = (uint64_t)p->events * wait_us * 1000 / elapsed;
    uint64_t count = p->active / PACE_SHARE;
    if (count > expected) count = expected;
    if (count > PACE_EVENTS_MAX) count = PACE_EVENTS_MAX;
    p->event_bytes = (uint32_t)((received - p->received) / p->events);
    if (count * p->event_bytes > PACE_BYTES_MAX) count = PACE_BYTES_MAX / p->event_bytes;
    p->wait_count = count >= PACE_EVENTS_MIN ? (uint32_t)count : 1;
    p->wait_us = (uint32_t)wait_us;
    p->epoch++;
    p->events = 0;
    p->active = 0;
    p->since = now;
    p->worked = worked;
    p->received = received;
}

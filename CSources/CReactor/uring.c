// The io_uring backend: one ring per reactor, entered only by its owner, one system call per turn.
//
// Receives are multishot over a ring of buffers shared by all connections. Sends are tried first without waiting and
// complete silently: a full send costs no completion, so a turn's sends never end its own wait. A send that is tried
// is over when the submission returns; what posted no completion was sent in full ("attempt" in uring.h). Only a send
// that found the socket full is repeated as one that waits for room.
// Invariant: an operation counts in connection.operations from its preparation to its last completion.
#define _GNU_SOURCE
#include "uring.h"
#include <errno.h>
#include <sys/eventfd.h>

/// Of 6.12, unknown to liburing 2.3: the completion's buffer will be filled further.
#define CQE_BUFFER_MORE (1u << 4)

// Submitting.

/// With a `wait_count` above 1, waits for as many events for the pace's time, and for one after that. 0 also when the
/// kernel had no memory for it.
static int enter(apus_reactor *r, unsigned wait_count, unsigned flags, const struct __kernel_timespec *timeout) {
    uring *u = r->state;
    __atomic_store_n(u->ring.sq.ktail, u->ring.sq.sqe_tail, __ATOMIC_RELEASE);
    // What newer headers call min_wait_usec.
    struct io_uring_getevents_arg argument = {
        .pad = wait_count > 1 ? u->pace.wait_us : 0, .ts = (uint64_t)(uintptr_t)timeout};
    int result = io_uring_enter2((unsigned)u->ring.enter_ring_fd, unsubmitted(u), wait_count,
                                 u->enter_flags | flags | IORING_ENTER_EXT_ARG, (sigset_t *)(void *)&argument,
                                 sizeof argument);
    if (result == -ENOMEM) result = reactor_await_memory(r); else r->scarce_since = 0;
    return result;
}

/// Whether another try would end like this one. Not so after the wait's time (ETIME), a signal (EINTR), a momentary
/// lack (EAGAIN; an ENOMEM that `enter` returns has lasted), and with completions that must be taken first (EBUSY).
static bool is_final(int result) {
    return result < 0 && result != -ETIME && result != -EINTR && result != -EAGAIN && result != -EBUSY;
}

void uring_submit(apus_reactor *r) {
    uring *u = r->state;
    // More was prepared before the first wait than the queue holds: the caller is the owner already.
    if (!r->is_started && uring_start(r) != 0) __builtin_trap();
    // The kernel takes all entries at once (SUBMIT_ALL).
    while (unsubmitted(u) > 0 && !u->failure) {
        int result = enter(r, 0, 0, NULL);
        if (result == -EBUSY) result = enter(r, 0, IORING_ENTER_GETEVENTS, NULL);
        if (is_final(result)) u->failure = result;
    }
}

/// Marks the attempts that the completions which have come since the last look call failed.
static void scan_attempts(apus_reactor *r) {
    uring *u = r->state;
    unsigned tail = __atomic_load_n(u->ring.cq.ktail, __ATOMIC_ACQUIRE);
    for (unsigned i = u->scanned; u->attempt_count > 0 && i != tail; i++) {
        const struct io_uring_cqe *cqe = &u->ring.cq.cqes[i & *u->ring.cq.kring_mask];
        if (data_operation(cqe->user_data) != OP_ATTEMPT) continue;
        connection *c = slot_at(r, data_index(cqe->user_data));
        c->flags |= SEND_SHORT;
        set_refused(c, true);
        if (cqe->res > 0) reactor_sent(r, c, (uint64_t)cqe->res);
    }
    u->scanned = tail;
}

void uring_conclude(apus_reactor *r) {
    uring *u = r->state;
    scan_attempts(r);
    // What was submitted, the kernel has a copy of.
    u->piece_count = u->message_count = 0;
    // While completions are held back by the kernel, silence means nothing.
    if (*u->ring.sq.kflags & IORING_SQ_CQ_OVERFLOW) return;
    for (uint32_t i = 0; i < u->attempt_count; i++) {
        connection *c = u->attempts[i].connection;
        c->flags &= ~(uint32_t)SENDING;
        c->operations--;
        if (c->flags & CLOSING) {
            reactor_drop_output(c);
            uring_finish_close(r, c);
        } else if ((c->flags & ENDED) && c->error) {
            reactor_drop_output(c);
        } else if (c->flags & SEND_SHORT) {
            reactor_make_dirty(r, c);
        } else {
            reactor_sent(r, c, u->attempts[i].count);
        }
    }
    u->attempt_count = 0;
}

// Receive buffers.

/// The bytes of a completion; notes its buffer for recycling once the kernel is done with it.
static const uint8_t *take_buffer(uring *u, int32_t count, uint32_t flags) {
    uint16_t id = (uint16_t)(flags >> IORING_CQE_BUFFER_SHIFT);
    const uint8_t *bytes = u->bytes + (size_t)id * u->buffer_bytes + u->filled[id];
    if (u->is_incremental && (flags & CQE_BUFFER_MORE)) {
        u->filled[id] += count > 0 ? (uint32_t)count : 0;
    } else {
        u->filled[id] = 0;
        u->used[u->used_count++] = id;
    }
    return bytes;
}

static void recycle(apus_reactor *r) {
    uring *u = r->state;
    if (u->used_count == 0) return;
    for (uint32_t i = 0; i < u->used_count; i++) provide(u, u->used[i]);
    u->used_count = 0;
    publish(u);
}

// When there are fewer buffers than bytes, who got some has to make room for who got none.

static void append(waiting_line *line, waiting_line tail) {
    if (!tail.first) return;
    if (line->first) line->last->next_starved = tail.first; else line->first = tail.first;
    line->last = tail.last;
}

/// A connection found no buffer: it waits in line, even if its slot changes hands.
static void starve(uring *u, connection *c) {
    if (c->flags & IS_STARVED) return;
    c->flags |= IS_STARVED;
    c->next_starved = NULL;
    append(c == u->fed ? &u->sated : &u->hungry, (waiting_line){c, c});
}

/// How many the buffers can serve, should each have to say as much as others had lately. Who is tried in vain costs as
/// much as a small request.
static uint32_t meal(const uring *u) {
    if (!u->is_incremental) return u->buffer_count;
    uint32_t count = u->pace.event_bytes ? u->buffer_count * u->buffer_bytes / u->pace.event_bytes : 0;
    return count < MEAL_MIN ? MEAL_MIN : count;
}

/// Receives again for the first in line, now that there are buffers. They are tried at once, hence before whatever has
/// arrived for others: who only waited for its arrival to be noticed would come last again and again.
static void feed_starved(apus_reactor *r) {
    uring *u = r->state;
    append(&u->hungry, u->sated);
    u->sated = (waiting_line){0};
    u->is_feeding = true;
    for (uint32_t left = u->hungry.first ? meal(u) : 0; left > 0 && u->hungry.first; left--) {
        connection *c = u->hungry.first;
        u->hungry.first = c->next_starved;
        c->flags &= ~(uint32_t)IS_STARVED;
        if (c->fd >= 0) uring_update(r, c);
    }
    u->is_feeding = false;
    u->fed = NULL;
}

// The turn.

static void await_wake(apus_reactor *r) {
    uring *u = r->state;
    struct io_uring_sqe *sqe = prepare(r, IORING_OP_READ, r->wake_fd, user_data(OP_WAKE, 0, 0));
    sqe->addr = (uint64_t)(uintptr_t)&u->wake_value;
    sqe->len = sizeof u->wake_value;
}

int uring_start(apus_reactor *r) {
    uring *u = r->state;
    int code = io_uring_register((unsigned)u->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
    if (code < 0) return code;
    // Spares a descriptor look-up per enter; a kernel that refuses still works.
    if (io_uring_register_ring_fd(&u->ring) == 1) u->enter_flags |= IORING_ENTER_REGISTERED_RING;
    r->is_started = true;
    await_wake(r);
    return 0;
}

/// The calling thread's CPU time in ns. A system call: once an epoch.
static uint64_t thread_work(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int uring_wait(apus_reactor *r, uint64_t deadline) {
    uring *u = r->state;
    if (u->failure) return u->failure;
    recycle(r);
    feed_starved(r);
    struct __kernel_timespec timeout;
    const struct __kernel_timespec *limit = NULL;
    // An attempt that succeeds wakes nobody: what it leaves behind is for the next turn, which comes at once.
    if (u->has_more || u->hungry.first) deadline = 0;
    u->has_more = false;
    unsigned wait_count = deadline > 0 && completions(u) == 0;
    if (wait_count && deadline != UINT64_MAX) {
        uint64_t now = apus_reactor_now(), left = deadline > now ? deadline - now : 0;
        timeout = (struct __kernel_timespec){(long long)(left / 1000000000u), (long long)(left % 1000000000u)};
        limit = &timeout;
        if (left == 0) wait_count = 0;
    }
    if (pace_is_due(&u->pace)) pace_learn(&u->pace, apus_reactor_now(), thread_work(), r->statistics.bytes_in);
    if (wait_count && u->can_gather && u->pace.wait_count > 1) wait_count = u->pace.wait_count;
    bool has_work = __atomic_load_n(u->ring.sq.kflags, __ATOMIC_RELAXED) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
    if (unsubmitted(u) > 0 || wait_count || has_work) {
        int result = enter(r, wait_count, IORING_ENTER_GETEVENTS, limit);
        if (is_final(result)) return result;
        if (unsubmitted(u) > 0) uring_submit(r);
    }
    uring_conclude(r);
    return (int)completions(u);
}

// Completions.

static void reply_finished(connection *c, uint32_t flag) {
    c->flags &= ~flag;
    c->operations--;
}

/// Whether a request that ended so is worth another try. So is one that relied on a place in the table of files.
static bool is_momentary(const connection *c, int32_t result) {
    return result == -EAGAIN || result == -EINTR || result == -ECANCELED ||
           (result == -EBADF && (c->flags & BY_DESCRIPTOR));
}

/// After an operation of a connection is over: what next.
static void go_on(apus_reactor *r, connection *c) {
    if (c->flags & CLOSING) uring_finish_close(r, c);
    else uring_update(r, c);
}

static bool receive_done(apus_reactor *r, connection *c, int32_t result, uint32_t flags, apus_event *event) {
    uring *u = r->state;
    const uint8_t *bytes = flags & IORING_CQE_F_BUFFER ? take_buffer(u, result, flags) : NULL;
    bool told = false;
    if (result > 0) {
        u->fed = c;
        c->flags |= UNANSWERED;
        pace_note(&u->pace, &c->seen);
        told = reactor_take(r, c, bytes, (size_t)result, event);
    } else if (result == 0) {
        told = reactor_end(r, c, 0, event);
    } else if (result == -ENOBUFS) {
        r->statistics.buffers_exhausted++;
        starve(u, c);
    } else if (!is_momentary(c, result)) {
        told = reactor_end(r, c, -result, event);
    }
    if (flags & IORING_CQE_F_MORE) return told;
    reply_finished(c, RECEIVING | CANCELLING);
    go_on(r, c);
    return told;
}

static bool bulk_done(apus_reactor *r, connection *c, int32_t result, apus_event *event) {
    bool told = false;
    if (result > 0) {
        r->statistics.receives++;
        r->statistics.bytes_in += (uint64_t)result;
        reactor_bulk_arrived(r, c, (size_t)result);
    } else if (result == 0) {
        told = reactor_end(r, c, 0, event);
    } else if (!is_momentary(c, result)) {
        told = reactor_end(r, c, -result, event);
    }
    reply_finished(c, RECEIVING | RECEIVING_BULK | CANCELLING);
    go_on(r, c);
    return told;
}

static bool send_done(apus_reactor *r, connection *c, int32_t result, apus_event *event) {
    reply_finished(c, SENDING);
    if (c->flags & CLOSING || ((c->flags & ENDED) && c->error)) {
        reactor_drop_output(c);
        go_on(r, c);
        return false;
    }
    if (result >= 0) {
        reactor_sent(r, c, (uint64_t)result);
    } else if (is_momentary(c, result)) {
        reactor_make_dirty(r, c);
    } else {
        return reactor_end(r, c, -result, event);
    }
    return false;
}

static bool connection_done(apus_reactor *r, connection *c, uint64_t data, int32_t result, uint32_t flags,
                            apus_event *event) {
    bool told = false;
    switch (data_operation(data)) {
    case OP_RECEIVE: return receive_done(r, c, result, flags, event);
    case OP_BULK: return bulk_done(r, c, result, event);
    case OP_SEND: return send_done(r, c, result, event);
    case OP_ATTEMPT:
        // Counted in conclude; here only an error is left to tell.
        if (result >= 0 || is_momentary(c, result) || (c->flags & CLOSING)) return false;
        return reactor_end(r, c, -result, event);
    case OP_CONNECT:
        reply_finished(c, 0);
        if ((c->flags & CLOSING) || is_momentary(c, result)) break;
        told = reactor_connected(r, c, reactor_socket_error(c->fd, 0), event);
        break;
    case OP_HANGUP:
        reply_finished(c, HANGUP_POLL);
        if (wants_hangup(c) && result > 0) told = reactor_end(r, c, reactor_socket_error(c->fd, 0), event);
        break;
    case OP_REGISTER:
        // Heard of only when it failed. What was asked in its trust fails, too, and is asked again.
        c->flags = (c->flags & ~(uint32_t)REGISTERED) | BY_DESCRIPTOR;
        return false;
    }
    go_on(r, c);
    return told;
}

static bool source_done(apus_reactor *r, source *s, int32_t result, uint32_t flags, apus_event *event) {
    if (!(flags & IORING_CQE_F_MORE)) {
        s->is_armed = false;
        r->sources_due = true;
    }
    bool told = false;
    if (s->is_listener && result >= 0) {
        *event = (apus_event){.kind = APUS_EVENT_ACCEPTED, .fd = result, .token = s->token};
        told = true;
    } else if (s->is_listener) {
        reactor_accept_failed(r, s, -result);
    } else if (result > 0 && !s->is_stopping) {
        *event = (apus_event){.kind = APUS_EVENT_READABLE, .token = s->token, .fd = s->fd};
        told = true;
    }
    if (s->is_stopping && !s->is_armed) reactor_source_gone(s);
    return told;
}

bool uring_next(apus_reactor *r, apus_event *event) {
    uring *u = r->state;
    while (completions(u) > 0) {
        unsigned head = *u->ring.cq.khead;
        if (head == u->scanned) scan_attempts(r);  // attempts that wait for held back completions
        struct io_uring_cqe cqe = u->ring.cq.cqes[head & *u->ring.cq.kring_mask];
        __atomic_store_n(u->ring.cq.khead, head + 1, __ATOMIC_RELEASE);
        uint8_t operation = data_operation(cqe.user_data);
        if (operation >= OP_RECEIVE && operation <= OP_REGISTER) {
            connection *c = slot_of(r, cqe.user_data);
            if (c && connection_done(r, c, cqe.user_data, cqe.res, cqe.flags, event)) return true;
            if (!c && (cqe.flags & IORING_CQE_F_BUFFER)) take_buffer(u, cqe.res, cqe.flags);
        } else if (operation == OP_ACCEPT || operation == OP_WATCH) {
            source *s = source_of(r, cqe.user_data);
            if (s && source_done(r, s, cqe.res, cqe.flags, event)) return true;
        } else if (operation == OP_WAKE) {
            await_wake(r);
        } else if (operation == OP_MESSAGE_FAILED) {
            eventfd_write((int)data_index(cqe.user_data), 1);
        }
    }
    return false;
}

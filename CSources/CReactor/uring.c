// The io_uring backend: one ring per reactor, entered only by its owner, one system call per turn.
//
// Receives are multishot over a ring of buffers shared by all connections. Sends are tried first without waiting and
// complete silently: a full send costs no completion, so a turn's sends never end its own wait. A send that is tried
// is over when the submission returns; what posted no completion was sent in full ("attempt" below). Only a send that
// found the socket full is repeated as one that waits for room.
// Invariant: an operation counts in connection.operations from its preparation to its last completion.
#define _GNU_SOURCE
#include "internal.h"
#include "pace.h"
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

// What liburing 2.3 (kernel 6.1's headers) does not know. Each is tried or asked for at run time.
#define FEATURE_NO_IOWAIT (1u << 17)
#define ENTER_NO_IOWAIT (1u << 7)    // 6.15: sleeping in the ring is not counted as waiting for a disk
#define FEATURE_MIN_TIMEOUT (1u << 15)  // 6.12: a wait for several events ends early, but not empty-handed
#define PBUF_RING_INC 2u             // 6.12: several receives fill one buffer
#define CQE_BUFFER_MORE (1u << 4)    // … and this one will be filled further

enum {
    SQ_ENTRIES = 1024,
    // Multishot requests complete in bursts.
    CQ_PER_SQ = 4,
    BUFFER_GROUP = 0,
    BUFFER_BYTES = 16384,
    BUFFER_COUNT = 64,
    /// One direct receive of a bulk.
    BULK_STEP_BYTES = 1 << 20,
    PIECES = 4096,
    ATTEMPTS = SQ_ENTRIES,
};

enum {
    OP_NONE, OP_RECEIVE, OP_BULK, OP_SEND, OP_ATTEMPT, OP_CONNECT, OP_HANGUP,
    OP_ACCEPT, OP_WATCH, OP_WAKE, OP_MESSAGE_FAILED,
};

typedef struct attempt {
    connection *connection;
    uint64_t count;
} attempt;

typedef struct uring {
    struct io_uring ring;
    unsigned enter_flags;
    bool has_buffers;
    bool is_incremental;
    struct io_uring_buf_ring *buffers;
    uint8_t *bytes;
    uint32_t buffer_bytes;
    uint32_t buffer_count;
    uint16_t buffer_tail;
    uint32_t used_count;
    uint16_t *used;       // buffers to give back at the next wait
    uint32_t *filled;     // bytes used of each buffer, when incremental
    connection *starved;
    uint64_t wake_value;
    bool can_gather;      // the kernel knows of a shorter wait for several events
    pace pace;
    unsigned scanned;     // completions before this position have been looked at for failed attempts
    uint32_t attempt_count;
    uint32_t piece_count;
    uint32_t message_count;
    attempt attempts[ATTEMPTS];
    struct msghdr messages[ATTEMPTS];
    struct iovec pieces[PIECES];
} uring;

// The rings.

static unsigned completions(const uring *u) {
    return __atomic_load_n(u->ring.cq.ktail, __ATOMIC_ACQUIRE) - *u->ring.cq.khead;
}

static unsigned unsubmitted(const uring *u) {
    return u->ring.sq.sqe_tail - __atomic_load_n(u->ring.sq.khead, __ATOMIC_ACQUIRE);
}

/// With a `wait_count` above 1, waits for as many events for PACE_WAIT_US, and for one after that.
static int enter(apus_reactor *r, unsigned wait_count, unsigned flags, const struct __kernel_timespec *timeout) {
    uring *u = r->state;
    __atomic_store_n(u->ring.sq.ktail, u->ring.sq.sqe_tail, __ATOMIC_RELEASE);
    // What newer headers call min_wait_usec.
    struct io_uring_getevents_arg argument = {
        .pad = wait_count > 1 ? PACE_WAIT_US : 0, .ts = (uint64_t)(uintptr_t)timeout};
    r->statistics.system_calls++;
    int result = io_uring_enter2((unsigned)u->ring.enter_ring_fd, unsubmitted(u), wait_count,
                                 u->enter_flags | flags | IORING_ENTER_EXT_ARG, (sigset_t *)(void *)&argument,
                                 sizeof argument);
    return result;
}

static int uring_start(apus_reactor *r);

/// Submits everything, without running completions.
static void submit(apus_reactor *r) {
    uring *u = r->state;
    // More was prepared before the first wait than the queue holds: the caller is the owner already.
    if (!r->is_started && uring_start(r) != 0) __builtin_trap();
    // The kernel takes all entries at once (SUBMIT_ALL); EINTR or a momentary lack of memory are worth another try.
    while (unsubmitted(u) > 0) {
        int result = enter(r, 0, 0, NULL);
        if (result == -EBUSY) enter(r, 0, IORING_ENTER_GETEVENTS, NULL);
    }
}

static void conclude(apus_reactor *r);

static struct io_uring_sqe *prepare(apus_reactor *r, uint8_t opcode, int fd, uint64_t data) {
    uring *u = r->state;
    struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
    if (!sqe) {
        submit(r);
        sqe = io_uring_get_sqe(&u->ring);
    }
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = opcode;
    sqe->fd = fd;
    sqe->user_data = data;
    return sqe;
}

static struct io_uring_sqe *prepare_for(apus_reactor *r, connection *c, uint8_t opcode, uint8_t operation) {
    c->operations++;
    return prepare(r, opcode, c->fd, user_data(operation, c->generation, c->index));
}

static void cancel(apus_reactor *r, uint64_t data) {
    struct io_uring_sqe *sqe = prepare(r, IORING_OP_ASYNC_CANCEL, -1, OP_NONE);
    sqe->addr = data;
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
}

// Receive buffers.

static void provide(uring *u, uint16_t id) {
    struct io_uring_buf *slot = &u->buffers->bufs[u->buffer_tail++ & (u->buffer_count - 1)];
    slot->addr = (uint64_t)(uintptr_t)(u->bytes + (size_t)id * u->buffer_bytes);
    slot->len = u->buffer_bytes;
    slot->bid = id;
}

static void publish(uring *u) { __atomic_store_n(&u->buffers->tail, u->buffer_tail, __ATOMIC_RELEASE); }

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

// Connections.

static void uring_update(apus_reactor *r, connection *c) {
    if (c->flags & CLOSING) return;
    if ((c->flags & CONNECTING) && c->operations == 0) {
        prepare_for(r, c, IORING_OP_POLL_ADD, OP_CONNECT)->poll32_events = POLLOUT;
        return;
    }
    if (wants_hangup(c) && !(c->flags & HANGUP_POLL)) {
        c->flags |= HANGUP_POLL;
        prepare_for(r, c, IORING_OP_POLL_ADD, OP_HANGUP)->poll32_events = POLLRDHUP;
    }
    bool wants = wants_bytes(c), wants_bulk = wants && (c->flags & BULK);
    if (c->flags & RECEIVING) {
        // A direct receive goes on: its bytes have only one place to go.
        if ((c->flags & (RECEIVING_BULK | CANCELLING)) || (wants && !wants_bulk)) return;
        c->flags |= CANCELLING;
        cancel(r, user_data(OP_RECEIVE, c->generation, c->index));
    } else if (wants_bulk) {
        c->flags |= RECEIVING | RECEIVING_BULK;
        struct io_uring_sqe *sqe = prepare_for(r, c, IORING_OP_RECV, OP_BULK);
        sqe->addr = (uint64_t)(uintptr_t)(c->bulk->bytes + c->bulk->count);
        sqe->len = c->bulk_missing < BULK_STEP_BYTES ? (uint32_t)c->bulk_missing : BULK_STEP_BYTES;
        sqe->msg_flags = MSG_WAITALL;
    } else if (wants && !(c->flags & IS_STARVED)) {
        c->flags |= RECEIVING;
        struct io_uring_sqe *sqe = prepare_for(r, c, IORING_OP_RECV, OP_RECEIVE);
        // Nothing is there yet, as a rule; and no buffer is asked for before there is.
        sqe->ioprio = IORING_RECV_MULTISHOT | IORING_RECVSEND_POLL_FIRST;
        sqe->flags = IOSQE_BUFFER_SELECT;
        sqe->buf_group = BUFFER_GROUP;
    }
}

/// Closes once the kernel holds nothing of it.
static void finish_close(apus_reactor *r, connection *c) {
    if (c->operations > 0) return;
    if (r->is_started && !r->is_destroying) {
        prepare(r, IORING_OP_CLOSE, c->fd, OP_NONE)->flags = IOSQE_CQE_SKIP_SUCCESS;
    } else {
        close(c->fd);
    }
    reactor_free(r, c);
}

static void uring_close(apus_reactor *r, connection *c) {
    if (!r->is_started && r->is_destroying) {
        // What was prepared has not been seen by the kernel and never will be.
        close(c->fd);
        reactor_free(r, c);
        return;
    }
    if (c->operations > 0) {
        struct io_uring_sqe *sqe = prepare(r, IORING_OP_ASYNC_CANCEL, c->fd, OP_NONE);
        sqe->cancel_flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
        sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
    }
    finish_close(r, c);
}

static void uring_send(apus_reactor *r, connection *c) {
    uring *u = r->state;
    if (u->attempt_count == ATTEMPTS || u->message_count == ATTEMPTS || u->piece_count + SEND_PIECES_MAX > PIECES) {
        submit(r);
        conclude(r);
        if (u->attempt_count) {  // completions overflowed: later
            reactor_make_dirty(r, c);
            return;
        }
    }
    bool waits = c->flags & SEND_SHORT;
    struct iovec *pieces = &u->pieces[u->piece_count];
    uint64_t count;
    uint32_t n = reactor_pieces(c, pieces, &count);
    struct io_uring_sqe *sqe =
        prepare_for(r, c, n == 1 ? IORING_OP_SEND : IORING_OP_SENDMSG, waits ? OP_SEND : OP_ATTEMPT);
    if (n == 1) {
        sqe->addr = (uint64_t)(uintptr_t)pieces[0].iov_base;
        sqe->len = (uint32_t)pieces[0].iov_len;
    } else {
        struct msghdr *message = &u->messages[u->message_count++];
        *message = (struct msghdr){.msg_iov = pieces, .msg_iovlen = n};
        u->piece_count += n;
        sqe->addr = (uint64_t)(uintptr_t)message;
        sqe->len = 1;
    }
    c->flags |= SENDING;
    sqe->msg_flags = MSG_NOSIGNAL;
    if (waits) return;
    // WAITALL: a short send counts as failed, so that its completion is not skipped.
    sqe->msg_flags |= MSG_DONTWAIT | MSG_WAITALL;
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
    u->attempts[u->attempt_count++] = (attempt){c, count};
}

/// After a submission: settles the attempted sends. Those that failed have posted a completion.
static void conclude(apus_reactor *r) {
    uring *u = r->state;
    // While completions are held back by the kernel, silence means nothing.
    if (*u->ring.sq.kflags & IORING_SQ_CQ_OVERFLOW) return;
    unsigned tail = __atomic_load_n(u->ring.cq.ktail, __ATOMIC_ACQUIRE);
    if (u->attempt_count > 0) {
        unsigned head = *u->ring.cq.khead;
        for (unsigned i = (int)(u->scanned - head) > 0 ? u->scanned : head; i != tail; i++) {
            const struct io_uring_cqe *cqe = &u->ring.cq.cqes[i & *u->ring.cq.kring_mask];
            if (data_operation(cqe->user_data) == OP_ATTEMPT) {
                slot_at(r, data_index(cqe->user_data))->flags |= SEND_SHORT;
                if (cqe->res > 0) reactor_sent(r, slot_at(r, data_index(cqe->user_data)), (uint64_t)cqe->res);
            }
        }
    }
    u->scanned = tail;
    for (uint32_t i = 0; i < u->attempt_count; i++) {
        connection *c = u->attempts[i].connection;
        c->flags &= ~(uint32_t)SENDING;
        c->operations--;
        if (c->flags & CLOSING) {
            reactor_drop_output(c);
            finish_close(r, c);
        } else if ((c->flags & ENDED) && c->error) {
            reactor_drop_output(c);
        } else if (c->flags & SEND_SHORT) {
            reactor_make_dirty(r, c);
        } else {
            reactor_sent(r, c, u->attempts[i].count);
        }
    }
    u->attempt_count = u->piece_count = u->message_count = 0;
}

// Sources.

static void uring_update_source(apus_reactor *r, source *s) {
    uint32_t index = (uint32_t)(s - r->sources);
    uint8_t operation = s->is_listener ? OP_ACCEPT : OP_WATCH;
    uint64_t data = user_data(operation, s->generation, index);
    if (s->is_stopping) {
        if (s->is_armed && r->is_started) cancel(r, data);
        else reactor_source_gone(s);
    } else if (!s->is_armed && !s->rests_until) {
        s->is_armed = true;
        struct io_uring_sqe *sqe = prepare(r, s->is_listener ? IORING_OP_ACCEPT : IORING_OP_POLL_ADD, s->fd, data);
        if (s->is_listener) {
            sqe->ioprio = IORING_ACCEPT_MULTISHOT;
            sqe->accept_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
        } else {
            sqe->poll32_events = POLLIN;
        }
    }
}

static void await_wake(apus_reactor *r) {
    uring *u = r->state;
    struct io_uring_sqe *sqe = prepare(r, IORING_OP_READ, r->wake_fd, user_data(OP_WAKE, 0, 0));
    sqe->addr = (uint64_t)(uintptr_t)&u->wake_value;
    sqe->len = sizeof u->wake_value;
}

static bool uring_message(apus_reactor *r, apus_reactor *from) {
    const uring *target = r->state;
    // Should the message fail, its completion names the eventfd to use instead.
    struct io_uring_sqe *sqe = prepare(from, IORING_OP_MSG_RING, target->ring.ring_fd,
                                       user_data(OP_MESSAGE_FAILED, 0, (uint32_t)r->wake_fd));
    sqe->off = user_data(OP_NONE, 0, 0);
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
    return true;
}

// The loop.

static int uring_start(apus_reactor *r) {
    uring *u = r->state;
    int code = io_uring_register((unsigned)u->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
    if (code < 0) return code;
    // Spares a descriptor look-up per enter; a kernel that refuses still works.
    if (io_uring_register_ring_fd(&u->ring) == 1) u->enter_flags |= IORING_ENTER_REGISTERED_RING;
    r->is_started = true;
    await_wake(r);
    return 0;
}

static int uring_wait(apus_reactor *r, uint64_t deadline) {
    uring *u = r->state;
    recycle(r);
    while (u->starved) {
        connection *c = u->starved;
        u->starved = c->next_starved;
        c->flags &= ~(uint32_t)IS_STARVED;
        if (c->fd >= 0) uring_update(r, c);
    }
    struct __kernel_timespec timeout;
    const struct __kernel_timespec *limit = NULL;
    unsigned wait_count = deadline > 0 && completions(u) == 0;
    if (wait_count && deadline != UINT64_MAX) {
        uint64_t now = apus_reactor_now(), left = deadline > now ? deadline - now : 0;
        timeout = (struct __kernel_timespec){(long long)(left / 1000000000u), (long long)(left % 1000000000u)};
        limit = &timeout;
        if (left == 0) wait_count = 0;
    }
    if (pace_is_due(&u->pace)) pace_learn(&u->pace, apus_reactor_now());
    if (wait_count && u->can_gather && u->pace.wait_count > 1) wait_count = u->pace.wait_count;
    bool has_work = __atomic_load_n(u->ring.sq.kflags, __ATOMIC_RELAXED) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
    if (unsubmitted(u) > 0 || wait_count || has_work) {
        int result = enter(r, wait_count, IORING_ENTER_GETEVENTS, limit);
        // Time, signals and full queues are answered by the next turn.
        if (result < 0 && result != -ETIME && result != -EINTR && result != -EAGAIN && result != -EBUSY) return result;
        if (unsubmitted(u) > 0) submit(r);
    }
    conclude(r);
    return (int)completions(u);
}

static void reply_finished(connection *c, uint32_t flag) {
    c->flags &= ~flag;
    c->operations--;
}

/// After an operation of a connection is over: what next.
static void go_on(apus_reactor *r, connection *c) {
    if (c->flags & CLOSING) finish_close(r, c);
    else uring_update(r, c);
}

static bool receive_done(apus_reactor *r, connection *c, int32_t result, uint32_t flags, apus_event *event) {
    uring *u = r->state;
    const uint8_t *bytes = flags & IORING_CQE_F_BUFFER ? take_buffer(u, result, flags) : NULL;
    bool told = false;
    if (result > 0) {
        pace_note(&u->pace, &c->seen);
        told = reactor_take(r, c, bytes, (size_t)result, event);
    } else if (result == 0) {
        told = reactor_end(r, c, 0, event);
    } else if (result == -ENOBUFS) {
        r->statistics.buffers_exhausted++;
        if (!(c->flags & IS_STARVED)) {
            c->flags |= IS_STARVED;
            c->next_starved = u->starved;
            u->starved = c;
        }
    } else if (result != -ECANCELED && result != -EAGAIN && result != -EINTR) {
        told = reactor_end(r, c, -result, event);
    }
    if (flags & IORING_CQE_F_MORE) return told;
    r->statistics.rearms++;
    reply_finished(c, RECEIVING | CANCELLING);
    go_on(r, c);
    return told;
}

static bool bulk_done(apus_reactor *r, connection *c, int32_t result, apus_event *event) {
    bool told = false;
    reply_finished(c, RECEIVING | RECEIVING_BULK | CANCELLING);
    if (result > 0) {
        r->statistics.receives++;
        r->statistics.bytes_in += (uint64_t)result;
        reactor_bulk_arrived(r, c, (size_t)result);
    } else if (result == 0) {
        told = reactor_end(r, c, 0, event);
    } else if (result != -ECANCELED && result != -EAGAIN && result != -EINTR) {
        told = reactor_end(r, c, -result, event);
    }
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
    } else if (result == -EAGAIN || result == -EINTR || result == -ECANCELED) {
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
        if (result >= 0 || result == -EAGAIN || result == -EINTR || (c->flags & CLOSING)) return false;
        return reactor_end(r, c, -result, event);
    case OP_CONNECT:
        reply_finished(c, 0);
        if (!(c->flags & CLOSING)) told = reactor_connected(r, c, reactor_socket_error(c->fd, 0), event);
        break;
    case OP_HANGUP:
        reply_finished(c, HANGUP_POLL);
        if (wants_hangup(c) && result > 0) told = reactor_end(r, c, reactor_socket_error(c->fd, 0), event);
        break;
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

static bool uring_next(apus_reactor *r, apus_event *event) {
    uring *u = r->state;
    while (completions(u) > 0) {
        unsigned head = *u->ring.cq.khead;
        struct io_uring_cqe cqe = u->ring.cq.cqes[head & *u->ring.cq.kring_mask];
        __atomic_store_n(u->ring.cq.khead, head + 1, __ATOMIC_RELEASE);
        uint8_t operation = data_operation(cqe.user_data);
        if (operation >= OP_RECEIVE && operation <= OP_HANGUP) {
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

static size_t buffer_ring_size(const uring *u) { return u->buffer_count * sizeof(struct io_uring_buf); }

static void uring_destroy(apus_reactor *r) {
    uring *u = r->state;
    if (u->enter_flags & IORING_ENTER_REGISTERED_RING) io_uring_unregister_ring_fd(&u->ring);
    io_uring_queue_exit(&u->ring);
    if (u->has_buffers) {
        apus_free(u->bytes, (size_t)u->buffer_count * u->buffer_bytes);
        apus_free(u->used, u->buffer_count * sizeof *u->used);
        apus_free(u->filled, u->buffer_count * sizeof *u->filled);
        munmap(u->buffers, buffer_ring_size(u));
    }
    apus_free(u, sizeof *u);
    r->state = NULL;
}

static const backend uring_backend = {
    .start = uring_start, .update = uring_update, .send = uring_send, .update_source = uring_update_source,
    .close = uring_close, .wait = uring_wait, .next = uring_next, .message = uring_message,
    .destroy = uring_destroy,
};

static int setup_ring(uring *u, unsigned entries) {
    // All of 6.1: one thread enters, completions run only when it asks.
    unsigned flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_COOP_TASKRUN |
                     IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE |
                     IORING_SETUP_R_DISABLED;
    struct io_uring_params params = {.flags = flags, .cq_entries = entries * CQ_PER_SQ};
    int code = io_uring_queue_init_params(entries, &u->ring, &params);
    // Entries are used in order, so the index array is written once. (Without the array, IORING_SETUP_NO_SQARRAY,
    // liburing 2.3 would write it over the ring's head.)
    for (unsigned i = 0; code == 0 && i < *u->ring.sq.kring_entries; i++) u->ring.sq.array[i] = i;
    if (code != 0) return code;
    u->can_gather = params.features & FEATURE_MIN_TIMEOUT;
    if (params.features & FEATURE_NO_IOWAIT) u->enter_flags |= ENTER_NO_IOWAIT;
    const unsigned needed = IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE |
                            IORING_FEAT_CQE_SKIP | IORING_FEAT_FAST_POLL;
    if ((params.features & needed) == needed) return 0;
    io_uring_queue_exit(&u->ring);
    return -ENOSYS;
}

static int setup_buffers(uring *u) {
    // The kernel wants whole pages.
    void *memory = mmap(NULL, buffer_ring_size(u), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return -errno;
    u->buffers = memory;
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)(uintptr_t)u->buffers, .ring_entries = u->buffer_count, .bgid = BUFFER_GROUP};
    registration.pad = PBUF_RING_INC;  // later headers call this field flags
    u->is_incremental = true;
    int code = io_uring_register_buf_ring(&u->ring, &registration, 0);
    if (code == -EINVAL) {
        registration.pad = 0;
        u->is_incremental = false;
        code = io_uring_register_buf_ring(&u->ring, &registration, 0);
    }
    if (code != 0) {
        munmap(memory, buffer_ring_size(u));
        return code;
    }
    u->has_buffers = true;
    u->bytes = apus_allocate((size_t)u->buffer_count * u->buffer_bytes);
    u->used = apus_allocate(u->buffer_count * sizeof *u->used);
    u->filled = apus_allocate_zeroed(u->buffer_count * sizeof *u->filled);
    for (uint32_t i = 0; i < u->buffer_count; i++) provide(u, (uint16_t)i);
    publish(u);
    return 0;
}

int uring_create(apus_reactor *r, const apus_reactor_options *options, apus_reactor_refusal *refusal) {
    uring *u = apus_allocate_zeroed(sizeof *u);
    u->buffer_bytes = options->receive_buffer_bytes ? options->receive_buffer_bytes : BUFFER_BYTES;
    u->buffer_count = options->receive_buffer_count ? options->receive_buffer_count : BUFFER_COUNT;
    const char *step = "io_uring_setup";
    int code = setup_ring(u, options->queue_entries ? options->queue_entries : SQ_ENTRIES);
    if (code != 0) {
        apus_free(u, sizeof *u);
    } else {
        step = "io_uring buffer ring";
        r->state = u;
        r->backend = &uring_backend;
        code = setup_buffers(u);
        if (code != 0) uring_destroy(r);
    }
    if (code != 0) *refusal = (apus_reactor_refusal){step, -code};
    return code;
}

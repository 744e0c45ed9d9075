// What the io_uring backend asks of the kernel: receives, sends, polls, accepts, cancellations, messages.
//
// Nothing here enters the kernel, except when a queue is full; all is submitted by the turn's one call (uring.c).
// Invariant: an operation counts in connection.operations from its preparation to its last completion.
#define _GNU_SOURCE
#include "uring.h"
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    /// One direct receive of a bulk.
    BULK_STEP_BYTES = 1 << 20,
};

// Connections.

/// Enters the connection in the ring's table of files, at its index: each request of it is then spared a look-up among
/// the process's descriptors and two counts of references. Later requests of the same submission may rely on it.
static void register_file(apus_reactor *r, connection *c) {
    struct io_uring_sqe *sqe = prepare(r, IORING_OP_FILES_UPDATE, -1, user_data(OP_REGISTER, c->generation, c->index));
    sqe->addr = (uint64_t)(uintptr_t)&c->fd;
    sqe->len = 1;
    sqe->off = c->index;
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
    c->flags |= REGISTERED;
}

static void unregister_file(apus_reactor *r, connection *c) {
    struct io_uring_sqe *sqe = prepare(r, IORING_OP_CLOSE, 0, OP_NONE);
    sqe->file_index = c->index + 1;  // 0 stands for a descriptor
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
}

void uring_update(apus_reactor *r, connection *c) {
    if (c->flags & CLOSING) return;
    const uring *u = r->state;
    if (!(c->flags & (REGISTERED | BY_DESCRIPTOR)) && c->index < u->file_count) register_file(r, c);
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
        sqe->addr = (uint64_t)(uintptr_t)(apus_block_bytes(c->bulk) + c->bulk->count);
        sqe->len = c->bulk_missing < BULK_STEP_BYTES ? (uint32_t)c->bulk_missing : BULK_STEP_BYTES;
        // One completion per step where the kernel tells how far it is: see apus_reactor_take_progress.
        sqe->msg_flags = c->flags & SINGLE_RECEIVES ? 0 : MSG_WAITALL;
    } else if (wants && !(c->flags & IS_STARVED)) {
        c->flags |= RECEIVING;
        struct io_uring_sqe *sqe = prepare_for(r, c, IORING_OP_RECV, OP_RECEIVE);
        // A multishot receive that meets an end together with the bytes before it reports the bytes and, since the end
        // raises no event of its own, waits for ever (before 7.0). TCP tells it that there is more, a Unix socket does
        // not: there each receive is a new one, which looks.
        bool is_single = c->flags & SINGLE_RECEIVES;
        // Nothing is there yet, as a rule, and no buffer is asked for before there is; but the starved wait for one.
        sqe->ioprio = (is_single ? 0 : IORING_RECV_MULTISHOT) | (u->is_feeding ? 0 : IORING_RECVSEND_POLL_FIRST);
        sqe->flags |= IOSQE_BUFFER_SELECT;
        sqe->buf_group = BUFFER_GROUP;
    }
}

void uring_finish_close(apus_reactor *r, connection *c) {
    if (c->operations > 0) return;
    if (r->is_started && !r->is_destroying) {
        if (c->flags & REGISTERED) unregister_file(r, c);
        prepare(r, IORING_OP_CLOSE, c->fd, OP_NONE)->flags = IOSQE_CQE_SKIP_SUCCESS;
    } else {
        close(c->fd);
    }
    reactor_free(r, c);
}

void uring_close(apus_reactor *r, connection *c) {
    if (!r->is_started && r->is_destroying) {
        // What was prepared has not been seen by the kernel and never will be.
        close(c->fd);
        reactor_free(r, c);
        return;
    }
    // The kernel forgets a request that it was about to let wait when the socket became ready, until it tries it again:
    // cancelling would not find it, and it would wait for a peer that waits for the close. Multishot ones it keeps.
    if (c->flags & (RECEIVING_BULK | SENDING)) shutdown(c->fd, SHUT_RDWR);
    if (c->operations > 0) {
        struct io_uring_sqe *sqe = prepare(r, IORING_OP_ASYNC_CANCEL, c->fd, OP_NONE);
        sqe->cancel_flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL;
        sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
    }
    uring_finish_close(r, c);
}

/// Lends what can be lent. True if that leaves nothing to send now, or no connection.
static bool send_lent(apus_reactor *r, connection *c) {
    uint64_t count, sent;
    if (!reactor_lend(r, c, &count, &sent)) return false;
    if (sent < count) {
        c->flags |= SEND_SHORT;
        set_refused(c, true);
    }
    if (sent > 0) reactor_sent(r, c, sent);
    return sent == count;
}

void uring_send(apus_reactor *r, connection *c) {
    uring *u = r->state;
    if (send_lent(r, c)) return;
    if (u->attempt_count == ATTEMPTS || u->message_count == ATTEMPTS || u->piece_count + SEND_PIECES_MAX > PIECES) {
        uring_submit(r);
        uring_conclude(r);
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
    c->flags = (c->flags & ~(uint32_t)UNANSWERED) | SENDING;
    sqe->msg_flags = MSG_NOSIGNAL;
    if (waits) return;
    // WAITALL: a short send counts as failed, so that its completion is not skipped.
    sqe->msg_flags |= MSG_DONTWAIT | MSG_WAITALL;
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    u->attempts[u->attempt_count++] = (attempt){c, count};
    if (count < c->output_bytes) u->has_more = true;
}

// Sources.

void uring_update_source(apus_reactor *r, source *s) {
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

// Other reactors.

bool uring_message(apus_reactor *r, apus_reactor *from) {
    const uring *target = r->state;
    // Should the message fail, its completion names the eventfd to use instead.
    struct io_uring_sqe *sqe = prepare(from, IORING_OP_MSG_RING, target->ring.ring_fd,
                                       user_data(OP_MESSAGE_FAILED, 0, (uint32_t)r->wake_fd));
    sqe->off = user_data(OP_NONE, 0, 0);
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
    return true;
}

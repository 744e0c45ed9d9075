// The epoll backend: level-triggered, one descriptor set per reactor, direct system calls for the bytes.
//
// Interest changes only when wanted: EPOLLIN stays on through a connection's life, EPOLLOUT is on only after a send
// found the socket full. Receives go to a scratch area that is filled front to back in a turn, so that all of a
// turn's bytes stay valid; what does not fit is reported again in the next turn (level-triggered). One receive per
// connection and turn keeps them fair. A client's reactor is told edges instead, which spares the kernel a second look
// at each connection; what a turn leaves unread is then asked for again (`rearm`).
// Invariant: scratch_used <= scratch_bytes; a connection's `operations` is the interest that the kernel has in it.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    /// More at once made 6.x kernels slower and marches clients in step.
    EVENTS_MAX = 200,
    /// The largest single receive.
    RECEIVE_BYTES = 65536,
    /// All of a turn's receives: 16 full ones, or thousands of small ones.
    SCRATCH_BYTES = 16 * RECEIVE_BYTES,
    /// One direct receive of a bulk: keeps one fast sender from holding the turn.
    BULK_STEP_BYTES = 1 << 20,
    OF_CONNECTION = 1,
    OF_SOURCE = 2,
    OF_WAKE = 3,
};

typedef struct epoll_state {
    int fd;
    bool has_pwait2;
    uint32_t receive_bytes;
    uint32_t scratch_bytes;
    int count;
    int position;
    uint32_t scratch_used;
    bool is_full;  // an event had to be left for want of scratch
    uint8_t *scratch;
    struct epoll_event events[EVENTS_MAX];
} epoll_state;

/// False, with errno set, if the set has no room for one more (fs.epoll.max_user_watches, memory).
static bool set_interest(apus_reactor *r, int fd, uint64_t data, uint32_t *now, uint32_t wanted) {
    epoll_state *state = r->state;
    if (*now == wanted) return true;
    // EPOLLERR and EPOLLHUP cannot be masked: "nothing" means out of the set.
    int operation = *now == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    struct epoll_event event = {.events = wanted, .data.u64 = data};
    if (epoll_ctl(state->fd, operation, fd, &event) != 0) return false;
    *now = wanted;
    return true;
}

static void epoll_update(apus_reactor *r, connection *c) {
    uint32_t wanted = 0;
    if (wants_bytes(c)) wanted |= r->is_client ? EPOLLIN | EPOLLRDHUP | EPOLLET : EPOLLIN;
    if (wants_hangup(c)) wanted |= EPOLLRDHUP;
    if (c->flags & (CONNECTING | SENDING)) wanted |= EPOLLOUT;
    // A paused or half-closed connection stays in the set for errors until they were seen.
    if (wanted == 0 && !(c->flags & CLOSING) && !((c->flags & ENDED) && c->error)) wanted = EPOLLERR;
    if (set_interest(r, c->fd, user_data(OF_CONNECTION, c->generation, c->index), &c->operations, wanted)) return;
    // Nothing would ever be heard of it: better an end than a client that waits for ever.
    c->error = errno;
    c->flags |= ENDED;
    if (c->flags & OPEN) reactor_make_ready(r, c);
}

/// An edge-triggered connection may have more to read than this turn took: reports it again if so.
static void rearm(apus_reactor *r, connection *c) {
    if (!(c->operations & EPOLLET)) return;
    epoll_state *state = r->state;
    struct epoll_event event = {
        .events = c->operations, .data.u64 = user_data(OF_CONNECTION, c->generation, c->index)};
    epoll_ctl(state->fd, EPOLL_CTL_MOD, c->fd, &event);
}

static int epoll_start(apus_reactor *r) {
    epoll_state *state = r->state;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = user_data(OF_WAKE, 0, 0)};
    return epoll_ctl(state->fd, EPOLL_CTL_ADD, r->wake_fd, &event) == 0 ? 0 : -errno;
}

static void epoll_update_source(apus_reactor *r, source *s) {
    uint32_t now = s->is_armed ? EPOLLIN : 0;
    uint32_t wanted = s->is_stopping || s->rests_until ? 0 : EPOLLIN;
    set_interest(r, s->fd, user_data(OF_SOURCE, s->generation, (uint32_t)(s - r->sources)), &now, wanted);
    s->is_armed = now != 0;
    if (s->is_stopping) reactor_source_gone(s);
}

static void epoll_close(apus_reactor *r, connection *c) {
    c->operations = 0;  // closing takes the socket out of the set
    close(c->fd);
    reactor_free(r, c);
}

/// The bytes that the kernel took of `*count` tried, or -errno.
static int64_t send_copied(const connection *c, uint64_t *count) {
    struct iovec pieces[SEND_PIECES_MAX];
    uint32_t n = reactor_pieces(c, pieces, count);
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = n};
    ssize_t sent = n == 1 ? syscall(SYS_sendto, c->fd, pieces[0].iov_base, pieces[0].iov_len,
                                    MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0)
                          : sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? -errno : sent;
}

static void send_failed(apus_reactor *r, connection *c, int32_t error) {
    apus_event event;
    // Told in the coming turn: an event cannot be delivered from inside a wait.
    c->flags |= ENDED;
    c->error = error;
    reactor_drop_output(c);
    if (c->flags & FLUSHING) {
        (void)reactor_end(r, c, error, &event);
        return;
    }
    reactor_make_ready(r, c);
    epoll_update(r, c);
}

static void epoll_send(apus_reactor *r, connection *c) {
    uint64_t count, sent = 0;
    if (!reactor_lend(r, c, &count, &sent)) {
        int64_t result = send_copied(c, &count);
        if (result < 0 && result != -EAGAIN && result != -EINTR) {
            send_failed(r, c, (int32_t)-result);
            return;
        }
        sent = result > 0 ? (uint64_t)result : 0;
    }
    if (sent < count) {
        c->flags |= SENDING;
        set_refused(c, true);
        epoll_update(r, c);
    }
    if (sent > 0) reactor_sent(r, c, sent);
}

static int epoll_wait_until(apus_reactor *r, uint64_t deadline) {
    epoll_state *state = r->state;
    state->scratch_used = 0;
    if (state->position < state->count) return state->count - state->position;
    state->position = state->count = 0;
    uint64_t now = deadline == 0 || deadline == UINT64_MAX ? 0 : apus_reactor_now();
    uint64_t left = deadline > now ? deadline - now : 0;
    int count;
    if (state->has_pwait2) {
        struct timespec timeout = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
        count = (int)syscall(SYS_epoll_pwait2, state->fd, state->events, EVENTS_MAX,
                             deadline == UINT64_MAX ? NULL : &timeout, NULL, 0);
        if (count < 0 && (errno == ENOSYS || errno == EPERM)) {
            state->has_pwait2 = false;
            return epoll_wait_until(r, deadline);
        }
    } else {
        uint64_t milliseconds = (left + 999999) / 1000000;
        int timeout = deadline == UINT64_MAX ? -1 : milliseconds > INT32_MAX ? INT32_MAX : (int)milliseconds;
        count = epoll_wait(state->fd, state->events, EVENTS_MAX, timeout);
    }
    if (count < 0 && errno == ENOMEM) return reactor_await_memory(r);
    r->scarce_since = 0;
    if (count < 0) return errno == EINTR ? 0 : -errno;
    return state->count = count;
}

/// Receives straight into the block. True with ENDED in `event`.
static bool receive_bulk(apus_reactor *r, connection *c, apus_event *event) {
    size_t count = c->bulk_missing < BULK_STEP_BYTES ? (size_t)c->bulk_missing : BULK_STEP_BYTES;
    ssize_t n = recv(c->fd, apus_block_bytes(c->bulk) + c->bulk->count, count, MSG_DONTWAIT);
    if (n > 0) {
        r->statistics.receives++;
        r->statistics.bytes_in += (uint64_t)n;
        reactor_bulk_arrived(r, c, (size_t)n);
        return false;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    bool told = reactor_end(r, c, n == 0 ? 0 : errno, event);
    epoll_update(r, c);
    return told;
}

static bool receive(apus_reactor *r, connection *c, uint32_t events, apus_event *event) {
    epoll_state *state = r->state;
    if (c->flags & BULK) {
        bool told = receive_bulk(r, c, event);
        if (c->fd >= 0) rearm(r, c);
        return told;
    }
    if (state->scratch_used + state->receive_bytes > state->scratch_bytes) {
        r->statistics.buffers_exhausted++;
        state->is_full = true;
        return false;
    }
    uint8_t *bytes = state->scratch + state->scratch_used;
    // Not the library's recv and send: in a program with threads they become cancellation points at each call.
    ssize_t n = syscall(SYS_recvfrom, c->fd, bytes, state->receive_bytes, MSG_DONTWAIT, NULL, NULL);
    // A short receive has emptied the socket, and what comes later is a new edge.
    if (n == (ssize_t)state->receive_bytes || (n > 0 && events & EPOLLRDHUP) || (n < 0 && errno == EINTR)) rearm(r, c);
    if (n > 0) {
        state->scratch_used += ((uint32_t)n + 7) & ~7u;
        return reactor_take(r, c, bytes, (size_t)n, event);
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    bool told = reactor_end(r, c, n == 0 ? 0 : errno, event);
    epoll_update(r, c);
    return told;
}

/// One event of a connection; at most one thing is told, the rest is still due in the next turn.
static bool connection_event(apus_reactor *r, connection *c, uint32_t events, apus_event *event) {
    if (c->flags & CONNECTING) {
        bool told = reactor_connected(r, c, reactor_socket_error(c->fd, 0), event);
        epoll_update(r, c);
        return told;
    }
    if ((events & EPOLLOUT) && (c->flags & SENDING)) {
        c->flags &= ~(uint32_t)SENDING;
        reactor_make_dirty(r, c);  // sent in the coming wait, which turns EPOLLOUT on again if that is short
        epoll_update(r, c);
    }
    if (wants_bytes(c)) {
        // An error or hangup shows as the result of the receive, after the bytes before it.
        return events & (EPOLLIN | EPOLLERR | EPOLLHUP) ? receive(r, c, events, event) : false;
    }
    if (!(events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP))) return false;
    if (!(events & (EPOLLERR | EPOLLHUP)) && !wants_hangup(c)) return false;
    int32_t error = reactor_socket_error(c->fd, events & EPOLLRDHUP && !(events & EPOLLERR) ? 0 : ECONNRESET);
    // Both directions shut without an error and after the end was told: nothing new, but leave the set.
    bool told = reactor_end(r, c, error ? error : c->flags & ENDED ? EPIPE : 0, event);
    if (c->fd >= 0) epoll_update(r, c);
    return told;
}

static bool accept_one(apus_reactor *r, source *s, apus_event *event) {
    int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        *event = (apus_event){.kind = APUS_EVENT_ACCEPTED, .fd = fd, .token = s->token};
        return true;
    }
    if (errno != EAGAIN) reactor_accept_failed(r, s, errno);
    return false;
}

static bool epoll_next(apus_reactor *r, apus_event *event) {
    epoll_state *state = r->state;
    while (state->position < state->count) {
        struct epoll_event *raw = &state->events[state->position];
        uint64_t data = raw->data.u64;
        if (data_operation(data) == OF_CONNECTION) {
            state->position++;
            connection *c = slot_of(r, data);
            if (c && connection_event(r, c, raw->events, event)) return true;
            if (!state->is_full) continue;
            // The next turn goes on with this one: the kernel would report those that were served first again.
            state->is_full = false;
            state->position--;
            return false;
        }
        source *s = data_operation(data) == OF_SOURCE ? source_of(r, data) : NULL;
        if (s && s->is_listener && accept_one(r, s, event)) return true;  // again until it has no more
        state->position++;
        if (s && !s->is_listener) {
            *event = (apus_event){.kind = APUS_EVENT_READABLE, .token = s->token, .fd = s->fd};
            return true;
        }
        eventfd_t value;
        if (data_operation(data) == OF_WAKE) eventfd_read(r->wake_fd, &value);
    }
    return false;
}

static void epoll_destroy(apus_reactor *r) {
    epoll_state *state = r->state;
    close(state->fd);
    apus_free(state->scratch, state->scratch_bytes);
    apus_free(state, sizeof *state);
}

static const backend epoll_backend = {
    .start = epoll_start, .update = epoll_update, .send = epoll_send, .update_source = epoll_update_source,
    .close = epoll_close, .wait = epoll_wait_until, .next = epoll_next, .destroy = epoll_destroy,
};

int epoll_create_backend(apus_reactor *r, const apus_reactor_options *options, apus_reactor_refusal *refusal) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        *refusal = (apus_reactor_refusal){"epoll_create1", errno};
        return -1;
    }
    epoll_state *state = apus_allocate_zeroed(sizeof *state);
    state->fd = fd;
    state->has_pwait2 = true;
    state->receive_bytes = options->receive_buffer_bytes ? options->receive_buffer_bytes : RECEIVE_BYTES;
    state->scratch_bytes = options->receive_buffer_count ? options->receive_buffer_count * state->receive_bytes
                                                         : SCRATCH_BYTES;
    state->scratch = apus_allocate(state->scratch_bytes);
    r->state = state;
    r->backend = &epoll_backend;
    return 0;
}

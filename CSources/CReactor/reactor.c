// The heart of the state machine that both backends share: slots, opening and closing, the loop. See internal.h.
#define _GNU_SOURCE
#include "internal.h"
#include "congestion.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

uint64_t apus_reactor_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint8_t apus_reactor_backend(const apus_reactor *r) { return r->backend_kind; }
const apus_reactor_statistics *apus_reactor_statistics_of(const apus_reactor *r) { return &r->statistics; }

apus_reactor *apus_reactor_create(const apus_reactor_options *options, apus_reactor_refusal *refusal) {
    *refusal = (apus_reactor_refusal){0};
    apus_reactor *r = apus_allocate_zeroed(sizeof *r);
    r->is_client = options->is_client;
    r->lender.is_refused = options->copies_large_values;
    int code = -1;
    if (options->backend != APUS_BACKEND_EPOLL) {
        code = uring_create(r, options, refusal);
        r->backend_kind = APUS_BACKEND_IO_URING;
    }
    if (code != 0 && options->backend != APUS_BACKEND_IO_URING) {
        apus_reactor_refusal second = {0};
        code = epoll_create_backend(r, options, &second);
        r->backend_kind = APUS_BACKEND_EPOLL;
        if (code != 0) *refusal = second;
    }
    if (code == 0) {
        // io_uring waits in a read, which a non-blocking descriptor would fail at once; epoll drains it.
        int nonblocking = r->backend_kind == APUS_BACKEND_EPOLL ? EFD_NONBLOCK : 0;
        r->wake_fd = eventfd(0, EFD_CLOEXEC | nonblocking);
        if (r->wake_fd >= 0) return r;
        *refusal = (apus_reactor_refusal){"eventfd", errno};
        r->backend->destroy(r);
    }
    apus_free(r, sizeof *r);
    return NULL;
}

// Slots.

static bool add_segment(apus_reactor *r) {
    if (r->segment_count >= (1u << INDEX_BITS) / SEGMENT_CONNECTIONS) return false;
    size_t old_size = r->segment_count * sizeof(connection *);
    r->segments = r->segments ? apus_resize(r->segments, old_size, old_size + sizeof(connection *))
                              : apus_allocate(sizeof(connection *));
    connection *segment = apus_allocate_zeroed(SEGMENT_CONNECTIONS * sizeof(connection));
    uint32_t first = r->segment_count * SEGMENT_CONNECTIONS;
    r->segments[r->segment_count++] = segment;
    for (uint32_t i = SEGMENT_CONNECTIONS; i-- > 0;) {
        segment[i] = (connection){.fd = -1, .index = first + i, .generation = 1, .next_free = r->free};
        r->free = &segment[i];
    }
    return true;
}

static connection *take_slot(apus_reactor *r, int fd) {
    if (!r->free && !add_segment(r)) {
        errno = ENOMEM;
        return NULL;
    }
    connection *c = r->free;
    r->free = c->next_free;
    c->fd = fd;
    // Membership of a list outlives the connection: entries are dropped when the list is walked.
    c->flags = (c->flags & (IS_READY | IS_DIRTY | IS_STARVED)) | OPEN;
    c->error = 0;
    r->statistics.connections++;
    return c;
}

void reactor_free(apus_reactor *r, connection *c) {
    c->fd = -1;
    c->flags &= IS_READY | IS_DIRTY | IS_STARVED;
    if (++c->generation == 0) c->generation = 1;
    reactor_drop_output(c);
    apus_chunk_release_all(c->held);
    c->held = c->held_last = NULL;
    if (c->bulk) apus_block_release(c->bulk);
    c->bulk = NULL;
    c->bulk_missing = 0;
    c->next_free = r->free;
    r->free = c;
    r->statistics.connections--;
}

int apus_reactor_socket(const apus_reactor *r, apus_connection_id id) {
    const connection *c = open_connection(r, id);
    return c ? c->fd : -1;
}

void reactor_make_dirty(apus_reactor *r, connection *c) {
    if (c->flags & IS_DIRTY) return;
    c->flags |= IS_DIRTY;
    c->next_dirty = r->dirty;
    r->dirty = c;
}

void reactor_make_ready(apus_reactor *r, connection *c) {
    if (c->flags & IS_READY) return;
    c->flags |= IS_READY;
    c->next_ready = NULL;
    if (r->ready) r->ready_last->next_ready = c; else r->ready = c;
    r->ready_last = c;
}

// Opening.

int32_t reactor_socket_error(int fd, int32_t otherwise) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error ? error : otherwise;
}

apus_connection_id apus_reactor_adopt(apus_reactor *r, int fd, uint32_t keepalive_seconds) {
    // Two of these calls fail harmlessly on a Unix socket; the kernel knows the family, we need not ask.
    int on = 1, status = fcntl(fd, F_GETFL);
    if (status < 0) return 0;
    if (!(status & O_NONBLOCK) && fcntl(fd, F_SETFL, status | O_NONBLOCK) != 0) return 0;
    bool is_tcp = setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
    if (is_tcp && keepalive_seconds > 0) {
        // As Redis: probe after the interval, then thrice in the same time again.
        int idle = (int)keepalive_seconds, interval = idle / 3 ? idle / 3 : 1, count = 3;
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
    }
    connection *c = take_slot(r, fd);
    if (!c) return 0;
    if (!is_tcp) c->flags |= SINGLE_RECEIVES;
    if (is_tcp && congestion_of_accepted(fd)) c->flags |= PACED;
    r->backend->update(r, c);
    return id_of(c);
}

apus_connection_id apus_reactor_connect(apus_reactor *r, const apus_address *address) {
    const struct sockaddr *name = (const struct sockaddr *)address->storage;
    int fd = socket(name->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return 0;
    int on = 1;
    if (name->sa_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (r->is_client) congestion_of_client(fd);
    connection *c = NULL;
    if (connect(fd, name, address->length) == 0 || errno == EINPROGRESS) c = take_slot(r, fd);
    if (!c) {
        int error = errno;
        close(fd);
        errno = error;
        return 0;
    }
    c->flags |= name->sa_family == AF_UNIX ? CONNECTING | SINGLE_RECEIVES : CONNECTING;
    r->backend->update(r, c);
    return id_of(c);
}

bool reactor_connected(apus_reactor *r, connection *c, int32_t error, apus_event *event) {
    c->flags &= ~(uint32_t)CONNECTING;
    if (error) return reactor_end(r, c, error, event);
    if (c->output) reactor_make_dirty(r, c);
    if (!(c->flags & OPEN)) return false;
    *event = (apus_event){.kind = APUS_EVENT_CONNECTED, .connection = id_of(c)};
    return true;
}

// Closing.

void reactor_close_now(apus_reactor *r, connection *c) {
    c->flags = (c->flags & ~(uint32_t)(OPEN | FLUSHING)) | CLOSING;
    set_output_bytes(c, 0);
    if (!(c->flags & SENDING)) reactor_drop_output(c);
    r->backend->close(r, c);
}

void apus_reactor_close(apus_reactor *r, apus_connection_id id) {
    connection *c = open_connection(r, id);
    if (c) reactor_close_now(r, c);
}

/// Output that the peer does not have yet: what the kernel holds may be megabytes, for a slow peer a matter of minutes.
static uint64_t untaken(const connection *c) {
    int queued = 0;
    return ioctl(c->fd, SIOCOUTQ, &queued) == 0 ? c->output_bytes + (uint64_t)queued : c->output_bytes;
}

/// Gives a peer that has taken something since the last time, or was not asked before, another while.
static void extend(flush *entry, const connection *c, uint64_t now) {
    uint64_t left = untaken(c);
    if (left >= entry->untaken) return;
    entry->untaken = left;
    entry->deadline = now + entry->linger_ns < now ? UINT64_MAX : now + entry->linger_ns;
}

void apus_reactor_close_after_flush(apus_reactor *r, apus_connection_id id, uint64_t linger_ns) {
    connection *c = open_connection(r, id);
    if (!c) return;
    if (c->output_bytes == 0) {
        reactor_close_now(r, c);
        return;
    }
    c->flags = (c->flags & ~(uint32_t)OPEN) | FLUSHING;
    r->backend->update(r, c);
    if (r->flush_count == r->flush_capacity) {
        uint32_t capacity = r->flush_capacity ? r->flush_capacity * 2 : 16;
        r->flushes = r->flushes ? apus_resize(r->flushes, r->flush_capacity * sizeof(flush), capacity * sizeof(flush))
                                : apus_allocate(capacity * sizeof(flush));
        r->flush_capacity = capacity;
    }
    r->flushes[r->flush_count] = (flush){.connection = id, .linger_ns = linger_ns, .untaken = UINT64_MAX};
    extend(&r->flushes[r->flush_count++], c, apus_reactor_now());
}

/// Closes what has lingered long enough; returns the next such deadline.
static uint64_t expire_flushes(apus_reactor *r) {
    uint64_t earliest = UINT64_MAX;
    uint64_t now = r->flush_count ? apus_reactor_now() : 0;
    for (uint32_t i = 0; i < r->flush_count;) {
        flush *entry = &r->flushes[i];
        connection *c = slot_at(r, apus_connection_slot(entry->connection));
        bool is_flushing = c->generation == entry->connection >> 32 && (c->flags & FLUSHING);
        if (is_flushing && entry->deadline <= now) extend(entry, c, now);
        if (is_flushing && entry->deadline <= now) reactor_close_now(r, c);
        if (is_flushing && entry->deadline > now) {
            if (entry->deadline < earliest) earliest = entry->deadline;
            i++;
        } else {
            r->flushes[i] = r->flushes[--r->flush_count];
        }
    }
    return earliest;
}

// The loop.

/// Starts the sends queued since the last turn.
static void send_dirty(apus_reactor *r) {
    connection *c = r->dirty;
    r->dirty = NULL;
    while (c) {
        connection *next = c->next_dirty;
        c->flags &= ~(uint32_t)IS_DIRTY;
        if (c->output && !(c->flags & (SENDING | CONNECTING | CLOSING))) r->backend->send(r, c);
        c = next;
    }
}

/// Untold leftovers of the last turn go before what became ready since.
static void rejoin_ready(apus_reactor *r) {
    if (!r->ready_now) return;
    connection *last = r->ready_now;
    while (last->next_ready) last = last->next_ready;
    last->next_ready = r->ready;
    if (!r->ready) r->ready_last = last;
    r->ready = r->ready_now;
    r->ready_now = NULL;
}

int reactor_await_memory(apus_reactor *r) {
    uint64_t now = apus_reactor_now();
    if (!r->scarce_since) r->scarce_since = now;
    nanosleep(&(struct timespec){.tv_nsec = SCARCE_PAUSE_NS}, NULL);
    return now - r->scarce_since > SCARCE_MAX_NS ? -ENOMEM : 0;
}

int apus_reactor_wait(apus_reactor *r, uint64_t deadline) {
    if (!r->is_started) {
        int code = r->backend->start(r);
        if (code != 0) return code;
        r->is_started = true;
    }
    r->statistics.turns++;
    apus_chunk_release_all(r->told);
    r->told = NULL;
    rejoin_ready(r);
    uint64_t flush_due = expire_flushes(r), source_due = reactor_update_sources(r);
    send_dirty(r);
    if (flush_due < deadline) deadline = flush_due;
    if (source_due < deadline) deadline = source_due;
    if (r->ready || r->dirty || r->woken_due) deadline = 0;
    // From here until the exchange below, a waker that finds ASLEEP interrupts the wait. One that came before left
    // NOTIFIED, and the wait only looks. Both sides use read-modify-writes of one word, which always see its latest
    // value: either the waker sees ASLEEP or the owner sees NOTIFIED, so no wake-up is lost.
    uint32_t expected = AWAKE;
    if (deadline > 0 && !atomic_compare_exchange_strong(&r->wake_state, &expected, ASLEEP)) deadline = 0;
    int count = r->backend->wait(r, deadline);
    // A stale relaxed load is harmless: the next wait's compare-exchange cannot be fooled. The exchange acquires what
    // every waker so far had published.
    if (atomic_load_explicit(&r->wake_state, memory_order_relaxed) != AWAKE &&
        atomic_exchange(&r->wake_state, AWAKE) == NOTIFIED) {
        r->woken_due = true;
    }
    if (count < 0) return count;
    r->ready_now = r->ready;
    r->ready = r->ready_last = NULL;
    return count > 0 || r->ready_now || r->woken_due;
}

void apus_reactor_wake(apus_reactor *r, apus_reactor *from) {
    if (atomic_exchange(&r->wake_state, NOTIFIED) != ASLEEP) return;
    if (from && from != r && from->backend == r->backend && from->is_started && r->backend->message &&
        r->backend->message(r, from)) {
        return;
    }
    eventfd_write(r->wake_fd, 1);
}

/// What is due for a connection without a completion; false when that is nothing more.
static bool tell_ready(apus_reactor *r, connection *c, apus_event *event) {
    if (!(c->flags & OPEN)) return false;
    *event = (apus_event){.connection = id_of(c)};
    if (c->flags & BULK_DUE) {
        c->flags &= ~(uint32_t)BULK_DUE;
        event->kind = APUS_EVENT_BULK_RECEIVED;
        return true;
    }
    if (c->held && !(c->flags & (PAUSED | BULK))) {
        apus_chunk *first = c->held;
        c->held = first->next;
        if (!c->held) c->held_last = NULL;
        first->next = r->told;
        r->told = first;
        event->kind = APUS_EVENT_RECEIVED;
        event->bytes = first->bytes + first->sent;
        event->count = first->count - first->sent;
        return true;
    }
    if (reactor_may_tell_end(c)) {
        reactor_tell_end(c, event);
        return true;
    }
    return false;
}

bool apus_reactor_next(apus_reactor *r, apus_event *event) {
    r->statistics.events++;
    if (r->woken_due) {
        r->woken_due = false;
        *event = (apus_event){.kind = APUS_EVENT_WOKEN};
        return true;
    }
    if (r->backend->next(r, event)) return true;
    for (connection *c; (c = r->ready_now);) {
        if (tell_ready(r, c, event)) return true;
        r->ready_now = c->next_ready;
        c->next_ready = NULL;
        c->flags &= ~(uint32_t)IS_READY;
    }
    r->statistics.events--;
    return false;
}

/// Lets the kernel hand back what it holds, so that nothing writes to freed memory.
static void settle(apus_reactor *r) {
    // Cancellation completes within a turn or two; the bound only guards against a kernel that breaks its word.
    enum { TURNS_MAX = 1000 };
    apus_event event;
    for (int turn = 0; turn < TURNS_MAX; turn++) {
        bool is_armed = false;
        for (uint32_t i = 0; i < r->source_count; i++) is_armed |= r->sources[i].fd >= 0 && r->sources[i].is_armed;
        if (!is_armed && r->statistics.connections == 0) return;
        if (r->backend->wait(r, apus_reactor_now() + 1000000) < 0) return;
        while (r->backend->next(r, &event)) {
            if (event.kind == APUS_EVENT_ACCEPTED) close(event.fd);
        }
    }
}

void apus_reactor_destroy(apus_reactor *r) {
    r->is_destroying = true;
    for (uint32_t i = 0; i < r->source_count; i++) {
        source *s = &r->sources[i];
        if (s->fd < 0) continue;
        s->is_stopping = true;
        r->backend->update_source(r, s);
    }
    for (uint32_t i = 0; i < r->segment_count * SEGMENT_CONNECTIONS; i++) {
        connection *c = slot_at(r, i);
        if (c->fd >= 0 && !(c->flags & CLOSING)) reactor_close_now(r, c);
    }
    if (r->is_started) settle(r);
    r->backend->destroy(r);
    reactor_end_lending(&r->lender);
    close(r->wake_fd);
    apus_chunk_release_all(r->told);
    for (uint32_t i = 0; i < r->segment_count; i++) {
        apus_free(r->segments[i], SEGMENT_CONNECTIONS * sizeof(connection));
    }
    if (r->segments) apus_free(r->segments, r->segment_count * sizeof(connection *));
    if (r->sources) apus_free(r->sources, r->source_count * sizeof(source));
    if (r->flushes) apus_free(r->flushes, r->flush_capacity * sizeof(flush));
    apus_free(r, sizeof *r);
}

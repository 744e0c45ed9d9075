// What goes through connections: bytes received, held back or put into a block, the end of a stream, and output.
//
// Order is kept: what is held back or due is told before anything that came after it.
#include "internal.h"
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

// Bytes in.

static void hold(connection *c, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        apus_chunk *last = c->held_last;
        if (!last || last->count == last->capacity) {
            last = apus_chunk_create(1);
            if (c->held_last) c->held_last->next = last; else c->held = last;
            c->held_last = last;
        }
        size_t room = last->capacity - last->count, n = count < room ? count : room;
        memcpy(last->bytes + last->count, bytes, n);
        last->count += (uint32_t)n;
        bytes += n;
        count -= n;
    }
}

void reactor_bulk_arrived(apus_reactor *r, connection *c, size_t count) {
    __atomic_store_n(&c->bulk->count, c->bulk->count + count, __ATOMIC_RELAXED);
    c->bulk_missing -= count;
    c->flags |= MOVING;
    if (c->bulk_missing > 0) return;
    apus_block_release(c->bulk);
    c->bulk = NULL;
    c->flags = (c->flags & ~(uint32_t)BULK) | BULK_DUE;
    reactor_make_ready(r, c);
}

/// Moves what fits of the bytes into the block; returns how many.
static size_t fill_bulk(apus_reactor *r, connection *c, const uint8_t *bytes, size_t count) {
    size_t n = count < c->bulk_missing ? count : (size_t)c->bulk_missing;
    memcpy(apus_block_bytes(c->bulk) + c->bulk->count, bytes, n);
    reactor_bulk_arrived(r, c, n);
    return n;
}

bool reactor_take(apus_reactor *r, connection *c, const uint8_t *bytes, size_t count, apus_event *event) {
    r->statistics.receives++;
    r->statistics.bytes_in += count;
    if (!(c->flags & OPEN)) return false;
    if (c->flags & BULK) {
        size_t n = fill_bulk(r, c, bytes, count);
        bytes += n;
        count -= n;
        if (count == 0) return false;
    }
    // Order: what is held, or a bulk's end, is to be told first.
    if ((c->flags & (PAUSED | BULK_DUE)) || c->held) {
        hold(c, bytes, count);
        reactor_make_ready(r, c);
        return false;
    }
    *event = (apus_event){.kind = APUS_EVENT_RECEIVED, .connection = id_of(c), .bytes = bytes, .count = count};
    return true;
}

bool reactor_may_tell_end(const connection *c) {
    if ((c->flags & (OPEN | ENDED | END_TOLD)) != (OPEN | ENDED)) return false;
    if (c->flags & PAUSED) return (c->flags & WATCH_HANGUP) || c->error;
    return !c->held && !(c->flags & BULK_DUE);
}

void reactor_tell_end(connection *c, apus_event *event) {
    c->flags |= END_TOLD;
    *event = (apus_event){.kind = APUS_EVENT_ENDED, .connection = id_of(c), .error = c->error};
}

bool reactor_end(apus_reactor *r, connection *c, int32_t error, apus_event *event) {
    if (!(c->flags & ENDED) || !c->error) c->error = error;
    c->flags |= ENDED;
    if (error) {
        set_output_bytes(c, 0);
        if (!(c->flags & SENDING)) reactor_drop_output(c);
        if (c->flags & FLUSHING) {
            reactor_close_now(r, c);
            return false;
        }
    }
    if (reactor_may_tell_end(c)) {
        reactor_tell_end(c, event);
        return true;
    }
    if (c->flags & OPEN) reactor_make_ready(r, c);
    return false;
}

/// The bytes that have come to a TCP socket in its life, modulo 2^32, as the kernel counts them; 0 of any other.
static uint32_t received_bytes(int fd) {
    struct tcp_info info = {0};
    socklen_t length = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? (uint32_t)info.tcpi_bytes_received : 0;
}

bool apus_reactor_take_progress(apus_reactor *r, apus_connection_id id) {
    connection *c = open_connection(r, id);
    if (!c) return false;
    bool moved = c->flags & MOVING;
    c->flags &= ~(uint32_t)MOVING;
    if (c->flags & RECEIVING_BULK) {
        // Of a step that is not complete only the kernel knows.
        uint32_t received = received_bytes(c->fd);
        moved |= received != c->received;
        c->received = received;
    }
    return moved;
}

void apus_reactor_look_for_reset(apus_reactor *r, apus_connection_id id) {
    connection *c = open_connection(r, id);
    if (!c || !(c->flags & UNANSWERED)) return;
    c->flags &= ~(uint32_t)UNANSWERED;
    int32_t error = c->flags & ENDED ? 0 : reactor_socket_error(c->fd, 0);
    if (!error) return;
    c->flags |= ENDED;
    c->error = error;
    set_output_bytes(c, 0);
    if (!(c->flags & SENDING)) reactor_drop_output(c);
    reactor_make_ready(r, c);
    r->backend->update(r, c);
}

void apus_reactor_pause_receive(apus_reactor *r, apus_connection_id id, bool watch_hangup) {
    connection *c = open_connection(r, id);
    if (!c) return;
    c->flags = (c->flags & ~(uint32_t)WATCH_HANGUP) | PAUSED | (watch_hangup ? WATCH_HANGUP : 0);
    if (watch_hangup && (c->flags & ENDED)) reactor_make_ready(r, c);
    r->backend->update(r, c);
}

void apus_reactor_resume_receive(apus_reactor *r, apus_connection_id id) {
    connection *c = open_connection(r, id);
    if (!c || !(c->flags & PAUSED)) return;
    c->flags &= ~(uint32_t)(PAUSED | WATCH_HANGUP);
    if (c->held || (c->flags & ENDED)) reactor_make_ready(r, c);
    r->backend->update(r, c);
}

void apus_reactor_receive_bulk(apus_reactor *r, apus_connection_id id, apus_block *block, uint64_t count) {
    connection *c = open_connection(r, id);
    if (!c || (c->flags & (BULK | BULK_DUE)) || count == 0 || count > block->capacity - block->count) {
        // A closed connection is no error: the caller may not have seen it yet. The rest is the caller's mistake.
        if (c) __builtin_trap();
        apus_block_release(block);
        return;
    }
    c->bulk = block;
    c->bulk_missing = count;
    c->flags |= BULK;
    while (c->held && (c->flags & BULK)) {
        apus_chunk *first = c->held;
        first->sent += (uint32_t)fill_bulk(r, c, first->bytes + first->sent, first->count - first->sent);
        if (first->sent < first->count) break;
        c->held = first->next;
        if (!c->held) c->held_last = NULL;
        apus_chunk_release(first);
    }
    if (c->flags & (BULK_DUE | ENDED)) reactor_make_ready(r, c);
    r->backend->update(r, c);
}

// Bytes out.

void reactor_drop_output(connection *c) {
    apus_chunk_release_all(c->output);
    c->output = c->output_last = NULL;
    set_output_bytes(c, 0);
    set_refused(c, false);
}

/// Copies a chunk's bytes to the room behind those that wait last, if they fit, and releases it. Else what a client
/// does not read would take a chunk for each of its batches, however short the replies; and what goes out at once is
/// one piece. What the kernel has been given of the last chunk stays as it is.
static bool join_last(connection *c, apus_chunk *chunk) {
    apus_chunk *last = c->output ? c->output_last : NULL;
    uint32_t count = chunk->count - chunk->sent;
    if (!last || last->unpin || chunk->unpin || last->capacity - last->count < count) return false;
    memcpy(last->bytes + last->count, chunk->bytes + chunk->sent, count);
    last->count += count;
    apus_chunk_release(chunk);
    return true;
}

void apus_reactor_send(apus_reactor *r, apus_connection_id id, apus_chunk *chain) {
    connection *c = open_connection(r, id);
    if (!c || ((c->flags & ENDED) && c->error)) {
        apus_chunk_release_all(chain);
        return;
    }
    while (chain) {
        apus_chunk *next = chain->next;
        set_output_bytes(c, c->output_bytes + chain->count - chain->sent);
        if (chain->count == chain->sent) {
            apus_chunk_release(chain);
        } else if (!join_last(c, chain)) {
            chain->next = NULL;
            if (c->output) c->output_last->next = chain; else c->output = chain;
            c->output_last = chain;
        }
        chain = next;
    }
    if (c->output && !(c->flags & (SENDING | CONNECTING))) reactor_make_dirty(r, c);
}

uint64_t apus_reactor_pending_output(const apus_reactor *r, apus_connection_id id) {
    const connection *c = open_connection(r, id);
    return c ? c->output_bytes : 0;
}

uint64_t apus_reactor_refused_output(const apus_reactor *r, apus_connection_id id) {
    uint32_t index = apus_connection_slot(id);
    if (index / SEGMENT_CONNECTIONS >= r->segment_count) return 0;
    const connection *c = slot_at(r, index);
    return __atomic_load_n(&c->is_refused, __ATOMIC_RELAXED) ? __atomic_load_n(&c->output_bytes, __ATOMIC_RELAXED) : 0;
}

uint64_t apus_reactor_pending_chunks(const apus_reactor *r, apus_connection_id id) {
    const connection *c = open_connection(r, id);
    uint64_t count = 0;
    for (const apus_chunk *chunk = c ? c->output : NULL; chunk; chunk = chunk->next) count++;
    return count;
}

uint64_t apus_reactor_held_output(const apus_reactor *r, apus_connection_id id) {
    const connection *c = open_connection(r, id);
    if (c && c->is_refused) return c->output_bytes;
    uint64_t count = 0;
    for (const apus_chunk *chunk = c ? c->output : NULL; chunk; chunk = chunk->next)
        if (!chunk->unpin) count += chunk->count - chunk->sent;
    return count;
}

uint32_t reactor_pieces(const connection *c, struct iovec *pieces, uint64_t *count) {
    uint32_t n = 0;
    *count = 0;
    for (const apus_chunk *chunk = c->output; chunk && n < SEND_PIECES_MAX; chunk = chunk->next) {
        pieces[n++] = (struct iovec){chunk->bytes + chunk->sent, chunk->count - chunk->sent};
        *count += chunk->count - chunk->sent;
    }
    return n;
}

void reactor_sent(apus_reactor *r, connection *c, uint64_t count) {
    r->statistics.sends++;
    r->statistics.bytes_out += count;
    set_output_bytes(c, c->output_bytes - count);
    while (c->output) {
        apus_chunk *first = c->output;
        uint32_t left = first->count - first->sent;
        if (count < left) {
            first->sent += (uint32_t)count;
            c->flags |= MOVING;
            reactor_make_dirty(r, c);
            return;
        }
        count -= left;
        c->output = first->next;
        apus_chunk_release(first);
    }
    c->output_last = NULL;
    if (c->flags & SEND_SHORT) c->flags = (c->flags & ~(uint32_t)SEND_SHORT) | MOVING;
    set_refused(c, false);
    if (c->flags & FLUSHING) reactor_close_now(r, c);
}

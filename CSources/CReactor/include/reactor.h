// The reactor: one thread's event loop over sockets, on io_uring or, where that is forbidden, on epoll.
//
// It owns connection slots and moves bytes; it knows no protocol. A turn of the loop is: `apus_reactor_wait` (sends
// what was queued, sleeps until something happens or a deadline passes: one system call), then `apus_reactor_next`
// until it returns false. Completions are thus harvested first and acted on after, on the caller's stack: the reactor
// never calls back. Bytes of a received event stay valid until the next wait.
// A busy loop's wait may gather a few events (pace.h).
//
// One thread owns a reactor: the one that calls `apus_reactor_wait` first. Before that, another thread may create it
// and listen. Only `apus_reactor_wake` may be called from anywhere, at any time.
//
// A connection is an index (its slot, reused) and a generation (never reused while stale completions may exist). The
// slot stays the caller's until it says close; afterwards no event names the connection and the reactor frees the
// slot by itself, when the kernel has handed back everything that refers to it.
// Invariant: at most one send and one receive of a connection are with the kernel; bytes are delivered and sent in
// order; an idle connection holds no buffer.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "block.h"
#include "chunk.h"
#include "sockets.h"

typedef struct apus_reactor apus_reactor;

/// Slot index in the low half, generation in the high half. 0 names no connection.
typedef uint64_t apus_connection_id;

static inline uint32_t apus_connection_slot(apus_connection_id id) { return (uint32_t)id; }

// Backends.
enum {
    APUS_BACKEND_AUTO = 0,
    APUS_BACKEND_IO_URING = 1,
    APUS_BACKEND_EPOLL = 2,
};

// Kinds of events; what each carries is noted beside it.
enum {
    APUS_EVENT_ACCEPTED = 1,       // fd: the new socket, the caller's to adopt or close; token: the listener's
    APUS_EVENT_RECEIVED = 2,       // connection, bytes, count
    APUS_EVENT_ENDED = 3,          // connection, error: 0 at end of stream, else errno. Once; close is due.
    APUS_EVENT_BULK_RECEIVED = 4,  // connection: apus_reactor_receive_bulk is complete
    APUS_EVENT_CONNECTED = 5,      // connection: apus_reactor_connect succeeded (failure: ENDED with its errno)
    APUS_EVENT_WOKEN = 6,          // apus_reactor_wake was called since the last WOKEN
    APUS_EVENT_READABLE = 7,       // token: a descriptor given to apus_reactor_watch became readable
};

typedef struct apus_event {
    uint8_t kind;
    int32_t fd;
    int32_t error;
    uint32_t token;
    apus_connection_id connection;
    const uint8_t *_Nullable bytes;
    size_t count;
} apus_event;

// Why `auto` chose epoll, or creation failed: which step the kernel refused, and its errno.
typedef struct apus_reactor_refusal {
    const char *_Nullable step;  // static text; NULL when nothing was refused
    int32_t error;
} apus_reactor_refusal;

typedef struct apus_reactor_options {
    uint8_t backend;                // APUS_BACKEND_…
    uint32_t receive_buffer_bytes;  // of each shared receive buffer; 0: the measured default
    uint32_t receive_buffer_count;  // a power of two <= 32768; 0: the measured default
    uint32_t queue_entries;         // submission queue; 0: default
    bool copies_large_values;       // nothing is lent, see block.h
    bool is_client;                 // for a load generator: cheaper per exchange, see internal.h
} apus_reactor_options;

typedef struct apus_reactor_statistics {
    uint64_t turns;
    uint64_t events;         // delivered
    uint64_t receives;       // completed, with bytes
    uint64_t sends;          // completed
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t bytes_lent;     // of those, sent without a copy
    uint64_t buffers_exhausted;  // receives that found no buffer
    uint64_t accept_errors;
    int32_t accept_error;    // the errno of the last of them
    uint64_t stale;          // completions for connections that were already gone
    uint32_t connections;    // open, including those that are closing
} apus_reactor_statistics;

/// A reactor, or NULL with `refusal` filled. `auto` falls back to epoll and leaves the reason in `refusal`.
apus_reactor *_Nullable apus_reactor_create(const apus_reactor_options *_Nonnull options,
                                            apus_reactor_refusal *_Nonnull refusal);

/// Closes all connections and listeners and frees everything; the owner thread, or any thread before the first wait.
/// No thread may be inside or about to call apus_reactor_wake.
void apus_reactor_destroy(apus_reactor *_Nonnull reactor);

/// APUS_BACKEND_IO_URING or APUS_BACKEND_EPOLL.
uint8_t apus_reactor_backend(const apus_reactor *_Nonnull reactor);

const apus_reactor_statistics *_Nonnull apus_reactor_statistics_of(const apus_reactor *_Nonnull reactor);

/// Monotonic nanoseconds: the clock of all deadlines here.
uint64_t apus_reactor_now(void);

// The loop.

/// Recycles the last turn's receive buffers, submits queued sends, then waits for events until `deadline`
/// (monotonic ns; 0 or the past: only looks; UINT64_MAX: for ever). Returns whether there may be events.
/// A result < 0 is an errno the loop cannot continue from.
int apus_reactor_wait(apus_reactor *_Nonnull reactor, uint64_t deadline);

/// The next event of this turn; false when there is none left.
bool apus_reactor_next(apus_reactor *_Nonnull reactor, apus_event *_Nonnull event);

/// Makes the owner's current or next wait return and deliver WOKEN. Any thread; costs one atomic exchange unless the
/// owner sleeps. What the caller published before is visible to the owner after it got WOKEN.
/// `from`: the caller's own reactor if it runs one (the message then rides on its next submission), else NULL.
void apus_reactor_wake(apus_reactor *_Nonnull reactor, apus_reactor *_Nullable from);

// Listeners and other descriptors.

/// How long a listener rests when accepting failed for want of descriptors or memory.
#define APUS_ACCEPT_PAUSE_NS 20000000

/// Accepts on a listening socket (see sockets.h), for ever. The reactor owns `fd` from now on.
/// Out of descriptors or memory, it pauses for APUS_ACCEPT_PAUSE_NS and then goes on.
int apus_reactor_listen(apus_reactor *_Nonnull reactor, int fd, uint32_t token);

/// Stops accepting and closes the listener(s) with this token; an unprocessed ACCEPTED of it may still come.
void apus_reactor_stop_listening(apus_reactor *_Nonnull reactor, uint32_t token);

/// Reports READABLE(token) each turn while `fd` is readable (signalfd, pipe, timerfd …). The caller keeps owning `fd`
/// and must unwatch before closing it.
int apus_reactor_watch(apus_reactor *_Nonnull reactor, int fd, uint32_t token);
void apus_reactor_unwatch(apus_reactor *_Nonnull reactor, uint32_t token);

// Connections.

/// Makes a connection of a stream socket (from ACCEPTED, of this or another reactor) and starts receiving. Sets
/// non-blocking, TCP_NODELAY and, if `keepalive_seconds` > 0, keepalive. 0 if no memory or the fd is unusable
/// (errno is set; the fd stays the caller's).
apus_connection_id apus_reactor_adopt(apus_reactor *_Nonnull reactor, int fd, uint32_t keepalive_seconds);

/// Starts to connect; CONNECTED or ENDED follows. Output may be queued at once. 0 with errno on immediate failure.
apus_connection_id apus_reactor_connect(apus_reactor *_Nonnull reactor, const apus_address *_Nonnull address);

/// The connection's socket, or -1. For options and names only.
int apus_reactor_socket(const apus_reactor *_Nonnull reactor, apus_connection_id connection);

/// Queues a chain behind what is queued; the next wait sends it. Ownership passes; released when sent, or at once when
/// the connection is closed or ended.
void apus_reactor_send(apus_reactor *_Nonnull reactor, apus_connection_id connection, apus_chunk *_Nullable chain);

/// Bytes queued and not yet taken by the kernel.
uint64_t apus_reactor_pending_output(const apus_reactor *_Nonnull reactor, apus_connection_id connection);

/// The same of a connection that is open, once the kernel has refused some for want of room; what has not been tried
/// yet is 0. Any thread, while the reactor's own neither opens nor closes a connection.
uint64_t apus_reactor_refused_output(const apus_reactor *_Nonnull reactor, apus_connection_id connection);

/// The chunks that the pending bytes lie in. O(chunks).
uint64_t apus_reactor_pending_chunks(const apus_reactor *_Nonnull reactor, apus_connection_id connection);

/// Of the pending bytes, those that the connection makes the server hold: its own; and what is referenced where it lies
/// as well, once the kernel has refused some, for who does not read keeps that alive. O(chunks).
uint64_t apus_reactor_held_output(const apus_reactor *_Nonnull reactor, apus_connection_id connection);

/// Stops delivering bytes. Bytes that were already on their way are kept and delivered after resume, in order.
/// With `watch_hangup`, ENDED is still delivered when the peer closes (for blocked clients); bytes not
/// read by then are lost. Without, an end shows only after resume or when a send fails.
void apus_reactor_pause_receive(apus_reactor *_Nonnull reactor, apus_connection_id connection, bool watch_hangup);
void apus_reactor_resume_receive(apus_reactor *_Nonnull reactor, apus_connection_id connection);

/// The next `count` > 0 received bytes are appended to `block`, which has room for them, without passing through a
/// receive buffer where possible; BULK_RECEIVED (or ENDED) follows. The caller's reference to the block passes to the
/// reactor, which releases it before that event, or after a close when the kernel is done with it. To be called while
/// handling this connection's RECEIVED, when the caller has copied what that event held of the bulk; later bytes come
/// as RECEIVED after BULK_RECEIVED.
void apus_reactor_receive_bulk(apus_reactor *_Nonnull reactor, apus_connection_id connection,
                               apus_block *_Nonnull block, uint64_t count);

/// Notices a reset that the kernel did not report: to be called for each connection about once a second. io_uring can
/// lose one that comes while it receives the bytes before it; a send would meet it, but to those bytes there may be no
/// answer. ENDED follows. A system call at most once after such bytes.
void apus_reactor_look_for_reset(apus_reactor *_Nonnull reactor, apus_connection_id connection);

/// Whether bytes have moved, since this was last asked, of what takes longer than a turn: into the block of
/// apus_reactor_receive_bulk, or of output that the socket had no room for at once. No event tells of them.
bool apus_reactor_take_progress(apus_reactor *_Nonnull reactor, apus_connection_id connection);

/// Closes now: queued output is dropped and no more events name the connection.
void apus_reactor_close(apus_reactor *_Nonnull reactor, apus_connection_id connection);

/// Closes when the queued output is sent, or when the peer has taken nothing of it for `linger_ns` (noticed within
/// twice that). No more events name the connection.
void apus_reactor_close_after_flush(apus_reactor *_Nonnull reactor, apus_connection_id connection,
                                    uint64_t linger_ns);

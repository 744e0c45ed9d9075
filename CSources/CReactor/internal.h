// The reactor's inside: connection slots, the state that both backends share, and the interface between them.
//
// The state machine (what is queued, held back, due to be told) is in three files: bytes.c for what goes through
// connections, sources.c for listeners and watched descriptors, reactor.c for slots, closing and the loop; lend.c
// sends large values without a copy. uring.c and epoll.c move the bytes and call `reactor_take`, `reactor_end` and
// `reactor_sent` with what happened. But for lending, only a backend touches the kernel. A connection's flags say what
// is wanted (OPEN, PAUSED, BULK …) and what the kernel holds (RECEIVING, SENDING …); `backend->update` brings the
// second in line with the first.
// Invariant of a slot: free <=> fd == -1; it is freed only with operations == 0.
#pragma once
#include <stdatomic.h>
#include <sys/uio.h>
#include "include/reactor.h"
#include "allocator.h"

enum {
    /// Slots per segment: segments never move, so a connection's address is stable.
    SEGMENT_CONNECTIONS = 256,
    /// Bits of the slot index in a completion's user data.
    INDEX_BITS = 24,
    /// How long a loop pauses for which the kernel has no memory, and how long that may last before it ends: what takes
    /// the memory may be a moment's work of another process, and the end loses all data.
    SCARCE_PAUSE_NS = 1000000,
    SCARCE_MAX_NS = 2000000000,
    /// Pieces of one send: beyond that the next turn continues. 64 standard chunks are 1 MiB.
    SEND_PIECES_MAX = 64,
};

enum {
    OPEN = 1 << 0,            // the caller has not closed it
    CONNECTING = 1 << 1,
    RECEIVING = 1 << 2,       // a receive is with the kernel (epoll: EPOLLIN is on)
    RECEIVING_BULK = 1 << 3,  // and it is a direct one
    CANCELLING = 1 << 4,      // and it has been told to stop
    SENDING = 1 << 5,         // a send is with the kernel (epoll: EPOLLOUT is on)
    PAUSED = 1 << 6,
    WATCH_HANGUP = 1 << 7,    // while paused
    HANGUP_POLL = 1 << 8,     // that poll is with the kernel
    ENDED = 1 << 9,           // no more bytes will come
    END_TOLD = 1 << 10,
    BULK = 1 << 11,           // bytes go to the block
    BULK_DUE = 1 << 12,       // it is full: to be told
    IS_READY = 1 << 13,       // on the ready list
    IS_DIRTY = 1 << 14,       // on the dirty list
    IS_STARVED = 1 << 15,     // on the starved list
    FLUSHING = 1 << 16,       // closed by the caller, output still going out
    CLOSING = 1 << 17,        // only the kernel still knows it
    SEND_SHORT = 1 << 18,     // the kernel would block: the next send waits for room
    REGISTERED = 1 << 19,     // in the ring's table of files
    PACED = 1 << 20,          // the kernel spreads its segments over time
    UNANSWERED = 1 << 21,     // bytes came and nothing was sent since: see apus_reactor_look_for_reset
    BY_DESCRIPTOR = 1 << 22,  // found no place in the ring's table of files
    SINGLE_RECEIVES = 1 << 23,  // no multishot ones: see uring_update
    MOVING = 1 << 24,         // a part of a bulk came, or of output went: see apus_reactor_take_progress
};

typedef struct connection {
    int32_t fd;
    uint32_t index;
    uint32_t generation;
    uint32_t flags;
    uint32_t operations;  // requests with the kernel that will complete
    int32_t error;        // of ENDED
    apus_chunk *output;   // not yet sent, or being sent
    apus_chunk *output_last;
    uint64_t output_bytes;  // of it, not yet taken by the kernel; set by set_output_bytes
    apus_chunk *held;       // received but not to be told yet
    apus_chunk *held_last;
    apus_block *bulk;
    uint64_t bulk_missing;
    uint32_t seen;        // the last epoch of `pace` in which bytes came
    uint32_t is_refused;  // output waits because the socket was full; set by set_refused
    uint32_t received;    // of all its bytes, when apus_reactor_take_progress last asked the kernel; modulo 2^32
    struct connection *next_dirty;
    struct connection *next_ready;
    struct connection *next_starved;
    struct connection *next_free;
} connection;
_Static_assert(sizeof(connection) <= 128, "idle connections are many");

// A listener or a watched descriptor; few, so they are looked through.
typedef struct source {
    int32_t fd;          // -1: free
    uint32_t token;
    uint32_t generation;
    bool is_listener;
    bool is_armed;       // with the kernel
    bool is_stopping;
    uint64_t rests_until;  // monotonic ns, 0 when it does not rest
} source;

// A connection that is closed once its output is sent, or at a deadline before which the peer has taken none of it.
typedef struct flush {
    apus_connection_id connection;
    uint64_t linger_ns;
    uint64_t deadline;
    uint64_t untaken;  // bytes that the peer did not have when the deadline was set
} flush;

// What it takes to lend pages to the kernel (lend.c). Made when first needed.
typedef struct lender {
    bool is_refused;    // by the kernel or the configuration: not tried
    int out, in;        // the pipe that takes pages in and moves them on to a socket; 0: none yet
    uint8_t *frames;    // bytes of ours between values: written once, lent, exchanged for new pages when full
    uint32_t frames_used;
} lender;

typedef struct backend {
    /// Binds to the calling thread. 0 or -errno.
    int (*start)(apus_reactor *);
    /// Makes receive, hangup poll and connect of a connection match its flags.
    void (*update)(apus_reactor *, connection *);
    /// Starts sending the connection's output.
    void (*send)(apus_reactor *, connection *);
    void (*update_source)(apus_reactor *, source *);
    /// Takes back what the kernel holds of a closing connection; calls reactor_free when nothing is left.
    void (*close)(apus_reactor *, connection *);
    /// Recycles the last turn's bytes; submits; waits until `deadline` (0: does not). Count of completions or -errno.
    int (*wait)(apus_reactor *, uint64_t deadline);
    bool (*next)(apus_reactor *, apus_event *);
    /// Interrupts the wait of `reactor` from the thread of `from`, which runs the same backend. False: cannot.
    bool (*message)(apus_reactor *reactor, apus_reactor *from);
    void (*destroy)(apus_reactor *);
} backend;

enum { AWAKE = 0, ASLEEP = 1, NOTIFIED = 2 };

struct apus_reactor {
    const backend *backend;
    void *state;            // the backend's
    bool is_started;
    bool is_destroying;
    bool is_client;         // plain congestion control (no pacing timer per send), no pace, and epoll tells edges only
    bool woken_due;
    uint8_t backend_kind;
    int wake_fd;
    connection **segments;
    uint32_t segment_count;
    connection *free;
    connection *dirty;      // has output to start sending
    connection *ready;      // has something to tell without a completion, next turn
    connection *ready_last;
    connection *ready_now;  // the same, this turn
    flush *flushes;         // entries of connections that are gone are dropped lazily
    uint32_t flush_count;
    uint32_t flush_capacity;
    apus_chunk *told;       // held bytes delivered in this turn
    lender lender;
    source *sources;
    uint32_t source_count;
    uint64_t scarce_since;  // monotonic ns: since then the kernel has had no memory for a wait; 0: it has
    bool sources_due;       // some source is to be updated in the next wait
    apus_reactor_statistics statistics;
    _Alignas(64) _Atomic(uint32_t) wake_state;  // other threads write it
};

// What a completion is about: operation, generation, index of a connection or source.
static inline uint64_t user_data(uint8_t operation, uint32_t generation, uint32_t index) {
    return (uint64_t)operation << 56 | (uint64_t)generation << INDEX_BITS | index;
}
static inline uint8_t data_operation(uint64_t data) { return (uint8_t)(data >> 56); }
static inline uint32_t data_generation(uint64_t data) { return (uint32_t)(data >> INDEX_BITS); }
static inline uint32_t data_index(uint64_t data) { return (uint32_t)data & ((1u << INDEX_BITS) - 1); }

static inline connection *slot_at(const apus_reactor *r, uint32_t index) {
    return &r->segments[index / SEGMENT_CONNECTIONS][index % SEGMENT_CONNECTIONS];
}

/// The connection that a completion names, or NULL if its slot has moved on.
static inline connection *slot_of(apus_reactor *r, uint64_t data) {
    connection *c = slot_at(r, data_index(data));
    if (c->fd >= 0 && c->generation == data_generation(data)) return c;
    r->statistics.stale++;
    return NULL;
}

/// The connection, unless the caller has closed it already.
static inline connection *open_connection(const apus_reactor *r, apus_connection_id id) {
    uint32_t index = apus_connection_slot(id);
    if (index / SEGMENT_CONNECTIONS >= r->segment_count) return NULL;
    connection *c = slot_at(r, index);
    return c->generation == id >> 32 && (c->flags & OPEN) ? c : NULL;
}

// Other threads read these two.
static inline void set_output_bytes(connection *c, uint64_t count) {
    __atomic_store_n(&c->output_bytes, count, __ATOMIC_RELAXED);
}
static inline void set_refused(connection *c, bool is_refused) {
    __atomic_store_n(&c->is_refused, is_refused, __ATOMIC_RELAXED);
}

static inline source *source_of(apus_reactor *r, uint64_t data) {
    source *s = &r->sources[data_index(data)];
    return s->fd >= 0 && s->generation == data_generation(data) ? s : NULL;
}

static inline apus_connection_id id_of(const connection *c) {
    return (uint64_t)c->generation << 32 | c->index;
}

/// Whether bytes are wanted from the socket; bulk ones go to the block.
static inline bool wants_bytes(const connection *c) {
    return (c->flags & (OPEN | PAUSED | ENDED | CONNECTING)) == OPEN;
}

static inline bool wants_hangup(const connection *c) {
    return (c->flags & (OPEN | PAUSED | WATCH_HANGUP | ENDED | CONNECTING)) == (OPEN | PAUSED | WATCH_HANGUP);
}

/// Received bytes: fills the block, holds them back, or fills `event` and returns true.
bool reactor_take(apus_reactor *r, connection *c, const uint8_t *bytes, size_t count, apus_event *event);
/// `count` bytes have arrived in the block itself.
void reactor_bulk_arrived(apus_reactor *r, connection *c, size_t count);
/// No more bytes will come; an error also ends sending. Returns true with ENDED in `event` if it may be told now.
bool reactor_end(apus_reactor *r, connection *c, int32_t error, apus_event *event);
/// Whether the end may be told now: after all bytes that came before it, unless the caller has paused.
bool reactor_may_tell_end(const connection *c);
void reactor_tell_end(connection *c, apus_event *event);
/// Closes at once, without what is queued.
void reactor_close_now(apus_reactor *r, connection *c);
/// The kernel took `count` bytes of the output.
void reactor_sent(apus_reactor *r, connection *c, uint64_t count);
/// connect() came to its end. Fills `event` and returns true unless the connection is gone.
bool reactor_connected(apus_reactor *r, connection *c, int32_t error, apus_event *event);
/// The slot of a closed connection is free again.
void reactor_free(apus_reactor *r, connection *c);
/// Releases all output; only while no send is with the kernel.
void reactor_drop_output(connection *c);
void reactor_make_dirty(apus_reactor *r, connection *c);
void reactor_make_ready(apus_reactor *r, connection *c);
/// accept() failed: whether to rest, and until when.
void reactor_accept_failed(apus_reactor *r, source *s, int32_t error);
/// Brings sources up to date; returns when the next one has rested enough.
uint64_t reactor_update_sources(apus_reactor *r);
/// Forgets a source; a listener's socket is closed.
void reactor_source_gone(source *s);
/// The pending error of a socket, or `otherwise`.
int32_t reactor_socket_error(int fd, int32_t otherwise);

/// Describes the start of the output as pieces; returns how many, and their bytes.
uint32_t reactor_pieces(const connection *c, struct iovec *pieces, uint64_t *count);

/// Sends the start of the output without copying it, if large values make that worth while and the kernel can.
/// False: nothing has happened. True: `*sent` of the `*count` bytes tried are sent; if fewer, the socket was full, or
/// failed, which the next send will meet, too.
bool reactor_lend(apus_reactor *r, const connection *c, uint64_t *count, uint64_t *sent);
/// The kernel has refused a wait for want of memory. 0, after a pause, if that is worth another try; -ENOMEM once it
/// has lasted for too long.
int reactor_await_memory(apus_reactor *r);
/// Gives back what lending took.
void reactor_end_lending(lender *l);

int uring_create(apus_reactor *r, const apus_reactor_options *options, apus_reactor_refusal *refusal);
int epoll_create_backend(apus_reactor *r, const apus_reactor_options *options, apus_reactor_refusal *refusal);

// The io_uring backend's inside: its state, and how a request of the kernel is prepared.
//
// uring_setup.c makes and ends a ring and its buffers, uring_requests.c asks the kernel for what connections and
// sources need, uring.c submits, waits, and acts on what completes.
#pragma once
#include "internal.h"
#include "pace.h"
#include <liburing.h>
#include <string.h>

enum {
    SQ_ENTRIES = 1024,
    BUFFER_GROUP = 0,
    PIECES = 4096,
    ATTEMPTS = SQ_ENTRIES,
    /// So many of the connections that wait for a buffer are tried in a turn, however much others had to say.
    MEAL_MIN = 16,
};

enum {
    OP_NONE, OP_RECEIVE, OP_BULK, OP_SEND, OP_ATTEMPT, OP_CONNECT, OP_HANGUP, OP_REGISTER,
    OP_ACCEPT, OP_WATCH, OP_WAKE, OP_MESSAGE_FAILED,
};

/// A send that is over when the submission returns: `count` bytes, unless a completion says otherwise.
typedef struct attempt {
    connection *connection;
    uint64_t count;
} attempt;

/// Connections that wait for buffers, the first to come first.
typedef struct waiting_line {
    connection *first;
    connection *last;
} waiting_line;

typedef struct uring {
    struct io_uring ring;
    unsigned enter_flags;
    int failure;          // -errno of a submission that no other try would mend; the ring is used no more
    struct io_uring_sqe lost;  // what finds no place in a ring that has failed is written here
    uint32_t file_count;  // places in the ring's table of files
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
    waiting_line hungry;  // found no buffer
    waiting_line sated;   // found no more buffer: behind the others
    const connection *fed;  // received bytes last
    bool is_feeding;
    uint64_t wake_value;
    bool can_gather;      // the kernel knows of a shorter wait for several events
    pace pace;
    unsigned scanned;     // completions before this position, and no others, were looked at for failed attempts
    uint32_t attempt_count;
    uint32_t piece_count;
    uint32_t message_count;
    bool has_more;        // an attempt has left output behind that one message had no room for
    attempt attempts[ATTEMPTS];
    struct msghdr messages[ATTEMPTS];
    struct iovec pieces[PIECES];
} uring;

// The loop's (uring.c).

/// Binds the ring to the calling thread. 0 or -errno.
int uring_start(apus_reactor *r);
/// Submits everything, without running completions. What the kernel refuses for good, the next wait returns.
void uring_submit(apus_reactor *r);
/// After a submission: settles the attempted sends. Those that failed have posted a completion.
void uring_conclude(apus_reactor *r);
int uring_wait(apus_reactor *r, uint64_t deadline);
bool uring_next(apus_reactor *r, apus_event *event);

// What is asked of the kernel (uring_requests.c).

void uring_update(apus_reactor *r, connection *c);
void uring_send(apus_reactor *r, connection *c);
void uring_close(apus_reactor *r, connection *c);
/// Closes once the kernel holds nothing of it.
void uring_finish_close(apus_reactor *r, connection *c);
void uring_update_source(apus_reactor *r, source *s);
bool uring_message(apus_reactor *r, apus_reactor *from);

// The rings.

static inline unsigned completions(const uring *u) {
    return __atomic_load_n(u->ring.cq.ktail, __ATOMIC_ACQUIRE) - *u->ring.cq.khead;
}

static inline unsigned unsubmitted(const uring *u) {
    return u->ring.sq.sqe_tail - __atomic_load_n(u->ring.sq.khead, __ATOMIC_ACQUIRE);
}

static inline struct io_uring_sqe *prepare(apus_reactor *r, uint8_t opcode, int fd, uint64_t data) {
    uring *u = r->state;
    struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
    if (!sqe) {
        uring_submit(r);
        sqe = io_uring_get_sqe(&u->ring);
        if (!sqe) sqe = &u->lost;
    }
    memset(sqe, 0, sizeof *sqe);
    sqe->opcode = opcode;
    sqe->fd = fd;
    sqe->user_data = data;
    return sqe;
}

static inline struct io_uring_sqe *prepare_for(apus_reactor *r, connection *c, uint8_t opcode, uint8_t operation) {
    c->operations++;
    bool is_registered = c->flags & REGISTERED;
    struct io_uring_sqe *sqe = prepare(r, opcode, is_registered ? (int)c->index : c->fd,
                                       user_data(operation, c->generation, c->index));
    if (is_registered) sqe->flags = IOSQE_FIXED_FILE;
    return sqe;
}

static inline void cancel(apus_reactor *r, uint64_t data) {
    struct io_uring_sqe *sqe = prepare(r, IORING_OP_ASYNC_CANCEL, -1, OP_NONE);
    sqe->addr = data;
    sqe->flags = IOSQE_CQE_SKIP_SUCCESS;
}

// Receive buffers.

static inline void provide(uring *u, uint16_t id) {
    struct io_uring_buf *slot = &u->buffers->bufs[u->buffer_tail++ & (u->buffer_count - 1)];
    slot->addr = (uint64_t)(uintptr_t)(u->bytes + (size_t)id * u->buffer_bytes);
    slot->len = u->buffer_bytes;
    slot->bid = id;
}

/// Tells the kernel of the buffers provided.
static inline void publish(uring *u) { __atomic_store_n(&u->buffers->tail, u->buffer_tail, __ATOMIC_RELEASE); }

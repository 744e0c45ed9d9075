// Sending large values without copying them: their pages are lent to the kernel.
//
// A pipe takes in references to pages (vmsplice) and moves them on to the socket (splice): two system calls, and the
// processor has touched no byte. What a reply has between its values (headers, line ends) goes the same way, from
// frames: memory that is written once, front to back, and gets new pages when it is full. Whose pages they are and
// when they may be used again is block.h's affair.
//
// A socket that is full gets the rest in the ordinary way, by a send that waits for room. Not for connections whose
// segments the kernel paces: pages come in more and smaller pieces than copies, and each would start its timer.
// Invariant: between calls the pipe is empty; frames before frames_used are never written again.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

enum {
    /// What the pipe should take at a time: as much as an unprivileged process may ask for. Less means more steps, and
    /// so little as a user gets who has too many pipes is worse than copying.
    PIPE_BYTES = 1 << 20,
    PIPE_BYTES_MIN = 1 << 16,
    /// All frames: some thousand headers before new pages are due.
    FRAMES_BYTES = 1 << 16,
    /// Values in one send from here on: below, two system calls cost as much as the copy.
    LENT_BYTES_MIN = 32 << 10,
    /// Of one connection in one turn, so that a value of gigabytes does not make the others wait.
    TURN_BYTES_MAX = 4 << 20,
};

// The lender.

static void close_pipe(lender *l) {
    if (l->in == 0) return;
    close(l->in);
    close(l->out);
    l->in = l->out = 0;
}

static bool open_pipe(lender *l) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    l->out = ends[0];
    l->in = ends[1];
    if (fcntl(l->in, F_SETPIPE_SZ, PIPE_BYTES) >= PIPE_BYTES_MIN) return true;
    if (fcntl(l->in, F_GETPIPE_SZ) >= PIPE_BYTES_MIN) return true;
    close_pipe(l);
    return false;
}

static bool begin_lending(lender *l) {
    if (l->frames) return l->in != 0 || open_pipe(l);
    if (!apus_owns_pages(FRAMES_BYTES) || !open_pipe(l)) return false;
    // A splice to a connection that has been reset raises it, and has no flag against that.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);
    l->frames = apus_allocate(FRAMES_BYTES);
    l->frames_used = 0;
    return true;
}

void reactor_end_lending(lender *l) {
    close_pipe(l);
    if (l->frames && apus_exchange_pages(l->frames, FRAMES_BYTES)) apus_free(l->frames, FRAMES_BYTES);
    l->frames = NULL;
}

/// A frame with a copy of the bytes; room for them has been made.
static uint8_t *frame(lender *l, const uint8_t *bytes, uint32_t count) {
    uint8_t *place = l->frames + l->frames_used;
    memcpy(place, bytes, count);
    l->frames_used += count;
    return place;
}

/// Makes room for frames of `count` bytes in all.
static bool make_room(lender *l, uint64_t count) {
    if (l->frames_used + count <= FRAMES_BYTES) return true;
    if (!apus_exchange_pages(l->frames, FRAMES_BYTES)) return false;
    l->frames_used = 0;
    return true;
}

// What is sent.

/// Whether the start of the output is worth lending; if so, how many of its bytes are to be framed.
static bool is_worth_lending(const connection *c, uint64_t *framed) {
    uint64_t lent = 0;
    uint32_t n = 0;
    *framed = 0;
    for (const apus_chunk *chunk = c->output; chunk && n < SEND_PIECES_MAX; chunk = chunk->next, n++) {
        uint64_t left = chunk->count - chunk->sent;
        if (chunk->unpin) lent += left; else *framed += left;
    }
    return lent >= LENT_BYTES_MIN && lent > *framed && *framed <= FRAMES_BYTES;
}

/// Whether all the values at the start of the output may be lent. Each is asked, which counts this send.
static bool may_lend(const connection *c) {
    bool may = true;
    uint32_t n = 0;
    for (const apus_chunk *chunk = c->output; chunk && n < SEND_PIECES_MAX; chunk = chunk->next, n++) {
        if (chunk->unpin) may &= chunk->unpin == apus_block_unpin && apus_block_lend(chunk->pinned);
    }
    return may;
}

static uint32_t lent_pieces(lender *l, const connection *c, struct iovec *pieces, uint64_t *count) {
    uint32_t n = 0;
    *count = 0;
    for (const apus_chunk *chunk = c->output; chunk && n < SEND_PIECES_MAX; chunk = chunk->next) {
        uint8_t *bytes = chunk->bytes + chunk->sent;
        uint64_t left = chunk->count - chunk->sent, room = TURN_BYTES_MAX - *count;
        if (room == 0) break;
        if (left > room) left = room;
        pieces[n++] = (struct iovec){chunk->unpin ? bytes : frame(l, bytes, (uint32_t)left), left};
        *count += left;
    }
    return n;
}

/// Moves what the pipe holds to the socket, and drops the rest: returns how many of the `count` bytes the socket took,
/// and why not all in `*error`.
static uint64_t empty_pipe(apus_reactor *r, int fd, uint64_t count, bool more_follows, int *error) {
    uint64_t moved = 0;
    *error = 0;
    while (moved < count && !*error) {
        ssize_t n = splice(r->lender.out, NULL, fd, NULL, count - moved,
                           SPLICE_F_NONBLOCK | (more_follows ? SPLICE_F_MORE : 0));
        if (n > 0) moved += (uint64_t)n;
        else if (n == 0) *error = EPIPE;
        else if (errno != EINTR) *error = errno;
    }
    if (moved < count) close_pipe(&r->lender);
    return moved;
}

/// What the kernel will not do here (a container's filter forbids it, it is too old) is not asked for again.
static void note_refusal(lender *l, int error) {
    if (error == EPERM || error == ENOSYS || error == EINVAL) l->is_refused = true;
}

static void advance(struct iovec **pieces, uint32_t *n, uint64_t count) {
    while (count > 0 && count >= (*pieces)->iov_len) {
        count -= (*pieces)->iov_len;
        (*pieces)++;
        (*n)--;
    }
    if (count == 0) return;
    (*pieces)->iov_base = (uint8_t *)(*pieces)->iov_base + count;
    (*pieces)->iov_len -= count;
}

bool reactor_lend(apus_reactor *r, const connection *c, uint64_t *count, uint64_t *sent) {
    lender *l = &r->lender;
    uint64_t framed;
    if (l->is_refused || (c->flags & (SEND_SHORT | PACED))) return false;
    if (!is_worth_lending(c, &framed) || !may_lend(c)) return false;
    if (!begin_lending(l) || !make_room(l, framed)) {
        l->is_refused = true;
        return false;
    }
    struct iovec storage[SEND_PIECES_MAX], *pieces = storage;
    uint32_t n = lent_pieces(l, c, pieces, count);
    *sent = 0;
    int error = 0;
    while (*sent < *count && !error) {
        ssize_t taken = vmsplice(l->in, pieces, n, SPLICE_F_NONBLOCK);
        if (taken > 0) {
            *sent += empty_pipe(r, c->fd, (uint64_t)taken, *sent + (uint64_t)taken < *count, &error);
            advance(&pieces, &n, (uint64_t)taken);
        } else {
            error = taken < 0 ? errno : EAGAIN;
        }
    }
    note_refusal(l, error);
    r->statistics.bytes_lent += *sent;
    return *sent > 0 || error == EAGAIN;
}

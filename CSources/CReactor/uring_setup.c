// Making and ending an io_uring: the ring, and the ring of buffers that all connections receive into.
//
// Nothing is assumed of the kernel: what is younger than 6.1 is tried or asked for, and what is missing is named in the
// refusal, so that the caller can go on with epoll and say why.
#define _GNU_SOURCE
#include "uring.h"
#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

// What liburing 2.3 (kernel 6.1's headers) does not know.
#define FEATURE_NO_IOWAIT (1u << 17)
#define ENTER_NO_IOWAIT (1u << 7)    // 6.15: sleeping in the ring is not counted as waiting for a disk
#define FEATURE_MIN_TIMEOUT (1u << 15)  // 6.12: a wait for several events ends early, but not empty-handed
#define PBUF_RING_INC 2u             // 6.12: several receives fill one buffer

enum {
    // Multishot requests complete in bursts.
    CQ_PER_SQ = 4,
    // A mebibyte of receive buffers. Where one buffer serves many receives, few and large ones cut fewer requests in
    // two (of 16 KiB, each sixteenth); where each receive takes a whole one, there have to be many.
    SHARED_BUFFER_BYTES = 262144,
    SHARED_BUFFER_COUNT = 4,
    BUFFER_BYTES = 16384,
    BUFFER_COUNT = 64,
    // Half a mebibyte of the kernel's memory at most.
    FILES_MAX = 65536,
    // A momentary refusal (EINTR, EAGAIN) of a ring on trial does not come so often in a row.
    TRIES_MAX = 16,
};

/// A ring that is not enabled yet.
static int make_ring(struct io_uring *ring, unsigned entries, struct io_uring_params *params) {
    // All of 6.1: one thread enters, completions run only when it asks.
    params->flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_COOP_TASKRUN |
                    IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE |
                    IORING_SETUP_R_DISABLED;
    params->cq_entries = entries * CQ_PER_SQ;
    return io_uring_queue_init_params(entries, ring, params);
}

/// The reactor's ring. Fills `*features` with what the kernel can do.
static int make_own_ring(struct io_uring *ring, unsigned entries, unsigned *features) {
    struct io_uring_params params = {0};
    int code = make_ring(ring, entries, &params);
    if (code != 0) return code;
    // Entries are used in order, so the index array is written once. From 2.5 on liburing asks for a ring without it
    // where the kernel can; 2.3, asked for that (IORING_SETUP_NO_SQARRAY), would write it over the ring's head.
    unsigned index_count = ring->sq.array ? *ring->sq.kring_entries : 0;
    for (unsigned i = 0; i < index_count; i++) ring->sq.array[i] = i;
    *features = params.features;
    const unsigned needed = IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE |
                            IORING_FEAT_CQE_SKIP | IORING_FEAT_FAST_POLL;
    if ((params.features & needed) == needed) return 0;
    io_uring_queue_exit(ring);
    return -ENOSYS;
}

/// Has a ring do nothing. A filter may let rings be made and not be used, which the reactor's own would meet only in
/// its first wait, when it is too late for epoll: it is enabled there, by the thread that keeps it. The ring's memory
/// is not touched: liburing gives it back behind the back of sanitizers, and another thread's ring may get it next.
static int try_ring(const char **step) {
    struct io_uring ring;
    struct io_uring_params params = {0};
    *step = "io_uring_setup";
    int code = make_ring(&ring, 1, &params);
    if (code != 0) return code;
    *step = "io_uring_register";
    code = io_uring_register((unsigned)ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL, 0);
    if (code >= 0) {
        *step = "io_uring_enter";
        struct io_uring_getevents_arg argument = {0};
        for (int tries = 0; tries < TRIES_MAX; tries++) {
            code = io_uring_enter2((unsigned)ring.enter_ring_fd, 0, 0, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
                                   (sigset_t *)(void *)&argument, sizeof argument);
            if (code != -EINTR && code != -EAGAIN) break;
        }
    }
    io_uring_queue_exit(&ring);
    return code < 0 ? code : 0;
}

static int setup_ring(uring *u, unsigned entries, bool is_client) {
    unsigned features;
    int code = make_own_ring(&u->ring, entries, &features);
    if (code != 0) return code;
    // A client's replies wait for nobody: it would measure its own delay, and its server would idle meanwhile.
    u->can_gather = features & FEATURE_MIN_TIMEOUT && !is_client;
    if (features & FEATURE_NO_IOWAIT) u->enter_flags |= ENTER_NO_IOWAIT;
    return 0;
}

/// Makes room for connections in the ring's table of files; those that find none go by their descriptors. Kernels
/// before 6.13 let go of a file that has left the table only when all requests older than that are over: there a
/// receive that lasts would keep closed connections open. Which kernel it is, a younger feature tells.
static void setup_files(uring *u) {
    struct rlimit limit;
    if (!(u->enter_flags & ENTER_NO_IOWAIT) || getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    uint32_t count = limit.rlim_cur < FILES_MAX ? (uint32_t)limit.rlim_cur : FILES_MAX;
    if (io_uring_register_files_sparse(&u->ring, count) == 0) u->file_count = count;
}

static size_t buffer_ring_size(const uring *u) { return u->buffer_count * sizeof(struct io_uring_buf); }

/// Gives the kernel the ring through which it gets its buffers.
static int setup_buffer_ring(uring *u, const apus_reactor_options *options, bool is_incremental) {
    u->is_incremental = is_incremental;
    u->buffer_bytes = is_incremental ? SHARED_BUFFER_BYTES : BUFFER_BYTES;
    u->buffer_count = is_incremental ? SHARED_BUFFER_COUNT : BUFFER_COUNT;
    if (options->receive_buffer_bytes) u->buffer_bytes = options->receive_buffer_bytes;
    if (options->receive_buffer_count) u->buffer_count = options->receive_buffer_count;
    // The kernel wants whole pages.
    void *memory = mmap(NULL, buffer_ring_size(u), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return -errno;
    u->buffers = memory;
    struct io_uring_buf_reg registration = {
        .ring_addr = (uint64_t)(uintptr_t)u->buffers, .ring_entries = u->buffer_count, .bgid = BUFFER_GROUP,
        .pad = is_incremental ? PBUF_RING_INC : 0};  // later headers call this field flags
    int code = io_uring_register_buf_ring(&u->ring, &registration, 0);
    if (code != 0) munmap(memory, buffer_ring_size(u));
    return code;
}

static int setup_buffers(uring *u, const apus_reactor_options *options) {
    int code = setup_buffer_ring(u, options, true);
    if (code == -EINVAL) code = setup_buffer_ring(u, options, false);
    if (code != 0) return code;
    u->has_buffers = true;
    u->bytes = apus_allocate((size_t)u->buffer_count * u->buffer_bytes);
    u->used = apus_allocate(u->buffer_count * sizeof *u->used);
    u->filled = apus_allocate_zeroed(u->buffer_count * sizeof *u->filled);
    for (uint32_t i = 0; i < u->buffer_count; i++) provide(u, (uint16_t)i);
    publish(u);
    return 0;
}

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

static int create(apus_reactor *r, const apus_reactor_options *options, const char **step) {
    uring *u = apus_allocate_zeroed(sizeof *u);
    *step = "io_uring_setup";
    int code = setup_ring(u, options->queue_entries ? options->queue_entries : SQ_ENTRIES, r->is_client);
    if (code != 0) {
        apus_free(u, sizeof *u);
        return code;
    }
    *step = "io_uring buffer ring";
    r->state = u;
    r->backend = &uring_backend;
    code = setup_buffers(u, options);
    if (code == 0) setup_files(u); else uring_destroy(r);
    return code;
}

int uring_create(apus_reactor *r, const apus_reactor_options *options, apus_reactor_refusal *refusal) {
    const char *step;
    int code = try_ring(&step);
    if (code == 0) code = create(r, options, &step);
    if (code != 0) *refusal = (apus_reactor_refusal){step, -code};
    return code;
}

// Blocks: large byte values that outlive the command that made them, because a reply may still be sending them.
//
// A bulk argument over 32 KiB is received straight into a block, SET adopts that block as the stored value, and GET
// sends it by reference: one kernel copy each way, none of ours. A block with one reference may be changed in place by
// its owner; with more it is frozen and a writer copies it first. The count of references and that of sends are the
// only parts that several threads touch.
//
// A value that is sent again and again is not even copied by the kernel: its pages are lent. The kernel then holds them
// until the far end has read them, and tells nobody when that is. So a block that was lent once is frozen for good, and
// its pages are exchanged for new ones before its memory is used for anything else: those that are still on their way
// keep their bytes, and go when they have arrived. New pages cost as much as some fifteen copies of the old ones, so a
// block is lent once it has been sent a number of times without being written, and that number follows experience: it
// doubles when a lent block goes before it has paid for its pages, and halves when one has paid.
//
// What a reply says before and behind a large value, always the same, stands around the value itself: its frame. So
// the kernel is given one piece instead of three. Small blocks, which are copied anyway, have no room for one.
// Invariant: references >= 1 while reachable; count <= capacity; the bytes of a lent block never change, nor does a
// frame until the bytes do.
//
//   +------------+-----------+----------+----------+ - - - - - - - - - - - +----------------- - -+ - - - -+
//   | references | sends u32 | count u64| capacity | framed u8 |      head | bytes ...           | tail   |
//   +------------+-----------+----------+----------+ - - - - - - - - - - - +----------------- - -+ - - - -+
//                                                   APUS_BLOCK_HEAD_BYTES, if capacity >= APUS_BLOCK_FRAMED_MIN
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct apus_block {
    _Atomic(uint32_t) references;
    _Atomic(uint32_t) sends;  // since they were written, or since they were lent; the top bit: lent
    uint64_t count;     // bytes in use
    uint64_t capacity;  // bytes that fit
    uint8_t storage[];
} apus_block;

enum {
    /// Capacity from which on a block has room for a frame: that of what is sent by reference.
    APUS_BLOCK_FRAMED_MIN = 16 << 10,
    /// Room for a frame's head, and a byte that says how much of it is used.
    APUS_BLOCK_HEAD_BYTES = 24,
    /// A frame's tail: a line end.
    APUS_BLOCK_TAIL_BYTES = 2,
    /// What the byte says while the frame is being written.
    APUS_BLOCK_FRAMING = 255,
};

/// A block with one reference, no bytes in use and room for at least `capacity`.
apus_block *_Nonnull apus_block_create(uint64_t capacity);

/// One more holder. Any thread.
void apus_block_retain(apus_block *_Nonnull block);

/// One holder less; frees the block with the last. Any thread.
void apus_block_release(apus_block *_Nonnull block);

/// The same with the signature that a chunk's `unpin` has.
void apus_block_unpin(void *_Nonnull block);

enum {
    /// Sends by copy before a block is lent, at first and when lending pays.
    APUS_BLOCK_COPIES_MIN = 4,
    /// The same where values are overwritten too soon after.
    APUS_BLOCK_COPIES_MAX = 256,
    /// Sends without a copy that pay for a block's new pages.
    APUS_BLOCK_LOANS_PAID = 16,
};

/// Asked before each send, by whoever holds a reference: whether the kernel may be given the block's pages instead of
/// a copy. Once that was so, the block counts as lent. Any thread.
bool apus_block_lend(apus_block *_Nonnull block);

/// Forgets what lending has been worth so far. For tests.
void apus_block_forget_experience(void);

/// Makes `head` and a line end stand right before and behind the bytes, until they change. False if they do not: a
/// small block, a head of more than APUS_BLOCK_HEAD_BYTES - 1, or another thread is at it. The same bytes always have
/// the same head. Any thread that holds a reference, while nobody changes the bytes.
bool apus_block_frame(apus_block *_Nonnull block, const uint8_t *_Nonnull head, uint32_t count);

/// Whether the caller is the only holder and may change the bytes.
bool apus_block_is_unique(const apus_block *_Nonnull block);

/// Grows a unique block (it may move) so that `capacity` bytes fit.
apus_block *_Nonnull apus_block_reserve(apus_block *_Nonnull block, uint64_t capacity);

/// The bytes of memory that the block occupies.
size_t apus_block_footprint(const apus_block *_Nonnull block);

static inline bool apus_block_has_frame_room(const apus_block *_Nonnull block) {
    return block->capacity >= APUS_BLOCK_FRAMED_MIN;
}

/// The bytes of the head that stands before the block's own, 0 if it has no frame.
static inline uint32_t apus_block_framed(const apus_block *_Nonnull block) {
    if (!apus_block_has_frame_room(block)) return 0;
    uint8_t count = __atomic_load_n(block->storage, __ATOMIC_ACQUIRE);
    return count == APUS_BLOCK_FRAMING ? 0 : count;
}

/// The first byte, count and capacity for Swift, which imports neither flexible arrays nor atomics.
static inline uint8_t *_Nonnull apus_block_bytes(apus_block *_Nonnull block) {
    return block->storage + (apus_block_has_frame_room(block) ? APUS_BLOCK_HEAD_BYTES : 0);
}
/// The block whose first byte it is.
static inline apus_block *_Nonnull apus_block_of(const uint8_t *_Nonnull bytes, bool has_frame_room) {
    return (apus_block *)(bytes - sizeof(apus_block) - (has_frame_room ? APUS_BLOCK_HEAD_BYTES : 0));
}
static inline uint64_t apus_block_count(const apus_block *_Nonnull block) { return block->count; }
/// The same while another thread may be filling it.
static inline uint64_t apus_block_count_meanwhile(const apus_block *_Nonnull block) {
    return __atomic_load_n(&block->count, __ATOMIC_RELAXED);
}
/// The bytes of a block with one reference have changed; sends of what they were no longer count, nor does its frame.
static inline void apus_block_set_count(apus_block *_Nonnull block, uint64_t count) {
    block->count = count;
    if (apus_block_has_frame_room(block)) __atomic_store_n(block->storage, 0, __ATOMIC_RELAXED);
    __atomic_store_n((uint32_t *)&block->sends, 0, __ATOMIC_RELAXED);
}
static inline uint64_t apus_block_capacity(const apus_block *_Nonnull block) { return block->capacity; }

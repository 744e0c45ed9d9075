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
// Invariant: references >= 1 while reachable; count <= capacity; the bytes of a lent block never change.
//
//   +------------+-----------+----------+-----------+----------------- - -
//   | references | sends u32 | count u64| capacity  | bytes ...
//   +------------+-----------+----------+-----------+----------------- - -
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct apus_block {
    _Atomic(uint32_t) references;
    _Atomic(uint32_t) sends;  // since they were written, or since they were lent; the top bit: lent
    uint64_t count;     // bytes in use
    uint64_t capacity;  // bytes that fit
    uint8_t bytes[];
} apus_block;

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

/// Whether the caller is the only holder and may change the bytes.
bool apus_block_is_unique(const apus_block *_Nonnull block);

/// Grows a unique block (it may move) so that `capacity` bytes fit.
apus_block *_Nonnull apus_block_reserve(apus_block *_Nonnull block, uint64_t capacity);

/// The bytes of memory that the block occupies.
size_t apus_block_footprint(const apus_block *_Nonnull block);

/// The first byte, count and capacity for Swift, which imports neither flexible arrays nor atomics.
static inline uint8_t *_Nonnull apus_block_bytes(apus_block *_Nonnull block) { return block->bytes; }
static inline uint64_t apus_block_count(const apus_block *_Nonnull block) { return block->count; }
/// The same while another thread may be filling it.
static inline uint64_t apus_block_count_meanwhile(const apus_block *_Nonnull block) {
    return __atomic_load_n(&block->count, __ATOMIC_RELAXED);
}
/// The bytes of a block with one reference have changed; sends of what they were no longer count.
static inline void apus_block_set_count(apus_block *_Nonnull block, uint64_t count) {
    block->count = count;
    __atomic_store_n((uint32_t *)&block->sends, 0, __ATOMIC_RELAXED);
}
static inline uint64_t apus_block_capacity(const apus_block *_Nonnull block) { return block->capacity; }

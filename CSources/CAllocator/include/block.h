// Blocks: large byte values that outlive the command that made them, because a reply may still be sending them.
//
// A bulk argument over 32 KiB is received straight into a block, SET adopts that block as the stored value, and GET
// sends it by reference: one kernel copy each way, none of ours. A block with one reference may be changed in place by
// its owner; with more it is frozen and a writer copies it first. The count of references is the only part that
// several threads touch.
// Invariant: references >= 1 while reachable; count <= capacity.
//
//   +------------+----------+----------+-----------+----------------- - -
//   | references | reserved | count u64| capacity  | bytes ...
//   +------------+----------+----------+-----------+----------------- - -
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct apus_block {
    _Atomic(uint32_t) references;
    uint32_t reserved;
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
static inline void apus_block_set_count(apus_block *_Nonnull block, uint64_t count) { block->count = count; }
static inline uint64_t apus_block_capacity(const apus_block *_Nonnull block) { return block->capacity; }

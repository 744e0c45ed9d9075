// Chunks: the blocks that carry replies from the command that writes them to the kernel that sends them.
//
// A chunk either holds its own bytes (its storage follows the header) or points at bytes that someone else owns and
// has pinned until the chunk is released (a large stored value, sent without a copy). Chunks form a singly linked
// chain; whoever holds the head owns all of it. A connection holds chunks only while it has bytes to send.
// Released standard chunks go to a free list of the releasing thread, so a busy thread allocates none.
// Invariant: sent <= count <= capacity; a referencing chunk has capacity == count.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    /// Header and storage of a standard chunk together: one allocator class, and what a turn of the loop sends at most
    /// to most clients.
    APUS_CHUNK_BYTES = 16384,
    /// The same of a small chunk: for the line end and the next header between two referenced values.
    APUS_SMALL_CHUNK_BYTES = 256,
    /// Released standard chunks a thread keeps for itself.
    APUS_CHUNKS_KEPT_MAX = 64,
};

typedef struct apus_chunk {
    struct apus_chunk *_Nullable next;
    uint8_t *_Nonnull bytes;   // first byte; own storage or pinned
    uint32_t count;            // bytes written
    uint32_t capacity;         // bytes that fit
    uint32_t sent;             // bytes the kernel has taken (for partial sends)
    uint32_t allocated;        // size of this allocation, for apus_free
    void (*_Nullable unpin)(void *_Nonnull pinned);  // set for a referencing chunk only
    void *_Nullable pinned;
} apus_chunk;

/// An empty chunk with room for at least `capacity` bytes; a standard chunk when that suffices. Its size counts in 32
/// bits: what is longer is the caller's to cut.
apus_chunk *_Nonnull apus_chunk_create(size_t capacity);

/// An empty small chunk: room for APUS_SMALL_CHUNK_BYTES less the header.
apus_chunk *_Nonnull apus_chunk_create_small(void);

/// A chunk that references `count` pinned bytes; `unpin(pinned)` is called once, on any thread, when it is released.
apus_chunk *_Nonnull apus_chunk_reference(const uint8_t *_Nonnull bytes, uint32_t count, void *_Nonnull pinned,
                                          void (*_Nonnull unpin)(void *_Nonnull));

/// Releases one chunk (not the chain behind it).
void apus_chunk_release(apus_chunk *_Nonnull chunk);

/// Releases a whole chain.
void apus_chunk_release_all(apus_chunk *_Nullable chain);

/// Gives the chunks that the calling thread keeps back to the allocator. Happens by itself when a thread ends.
void apus_chunk_release_kept(void);

// Chunks, and those that a thread keeps for its next replies. Contract: chunk.h.
#include "chunk.h"
#include "allocator.h"
#include <assert.h>

static _Thread_local apus_chunk *kept;
static _Thread_local uint32_t kept_count;

// A kept chunk would hide from a sanitizer that somebody still uses it.
static const uint32_t kept_max = APUS_ALLOCATOR_IS_SYSTEM ? 0 : APUS_CHUNKS_KEPT_MAX;

/// An empty chunk in an allocation of `size` bytes.
static apus_chunk *begin(apus_chunk *chunk, size_t size) {
    assert(size <= UINT32_MAX);
    *chunk = (apus_chunk){.bytes = (uint8_t *)(chunk + 1),
                          .capacity = (uint32_t)(size - sizeof(apus_chunk)),
                          .allocated = (uint32_t)size};
    return chunk;
}

apus_chunk *apus_chunk_create(size_t capacity) {
    size_t size = capacity + sizeof(apus_chunk);
    if (size < APUS_CHUNK_BYTES) size = APUS_CHUNK_BYTES;
    apus_chunk *chunk;
    if (size == APUS_CHUNK_BYTES && kept) {
        chunk = kept;
        kept = chunk->next;
        kept_count--;
    } else {
        size = apus_usable_size(size);
        chunk = apus_allocate(size);
    }
    return begin(chunk, size);
}

apus_chunk *apus_chunk_create_small(void) {
    return begin(apus_allocate(APUS_SMALL_CHUNK_BYTES), APUS_SMALL_CHUNK_BYTES);
}

apus_chunk *apus_chunk_reference(const uint8_t *bytes, uint32_t count, void *pinned, void (*unpin)(void *)) {
    apus_chunk *chunk = apus_allocate(sizeof(apus_chunk));
    *chunk = (apus_chunk){.bytes = (uint8_t *)bytes, .count = count, .capacity = count,
                          .allocated = sizeof(apus_chunk), .unpin = unpin, .pinned = pinned};
    return chunk;
}

void apus_chunk_release(apus_chunk *chunk) {
    if (chunk->unpin) {
        chunk->unpin(chunk->pinned);
    } else if (chunk->allocated == APUS_CHUNK_BYTES && kept_count < kept_max) {
        if (!kept) apus_allocator_attach();
        chunk->next = kept;
        kept = chunk;
        kept_count++;
        return;
    }
    apus_free(chunk, chunk->allocated);
}

void apus_chunk_release_all(apus_chunk *chain) {
    while (chain) {
        apus_chunk *next = chain->next;
        apus_chunk_release(chain);
        chain = next;
    }
}

void apus_chunk_release_kept(void) {
    while (kept) {
        apus_chunk *chunk = kept;
        kept = chunk->next;
        apus_free(chunk, chunk->allocated);
    }
    kept_count = 0;
}

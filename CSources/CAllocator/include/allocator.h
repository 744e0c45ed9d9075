// The allocator: every byte Apus owns comes through here, so that `used_memory` tells the truth.
//
// Contract: callers remember what they asked for. `apus_free` and `apus_resize` take the size that was passed to
// `apus_allocate` (or any size of the same class), which spares jemalloc the look-up and lets us account without a
// header. Allocation never fails softly: an exhausted machine ends the process with a message, as Redis does.
// Invariant: the sum of all threads' accounted bytes = the sum of apus_usable_size(size) over live allocations.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Returns at least `size` bytes, aligned to 16, uninitialised. `size` 0 is allowed and returns a valid block.
void *_Nonnull apus_allocate(size_t size);

/// Same, zeroed.
void *_Nonnull apus_allocate_zeroed(size_t size);

/// Gives a block back. `size` is what it was asked for.
void apus_free(void *_Nonnull block, size_t size);

/// Changes a block's size, keeping the first min(old, new) bytes; may move it.
void *_Nonnull apus_resize(void *_Nonnull block, size_t old_size, size_t new_size);

/// The bytes that an allocation of `size` really occupies: the allocator's size class.
size_t apus_usable_size(size_t size);

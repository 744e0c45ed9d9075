// Asking the memory for a line ahead of its use, from Swift.
#pragma once

static inline void apus_prefetch(const void *_Nonnull address) { __builtin_prefetch(address); }

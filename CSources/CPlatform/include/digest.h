// Message digests, of which the C library has none. libmd is on every Debian system, since dpkg needs it.
#pragma once
#include <stddef.h>
#include <stdint.h>

enum {
    /// SHA-256 in hexadecimal digits.
    APUS_SHA256_DIGITS = 64,
};

/// Writes the SHA-256 of `count` bytes as APUS_SHA256_DIGITS lower-case hexadecimal digits.
void apus_sha256(const uint8_t *_Nullable bytes, size_t count, uint8_t *_Nonnull out);

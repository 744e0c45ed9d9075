// Decimal text and 64-bit integers, in the one form that Redis treats as "this string is an integer".
//
// Contract: canonical text is "0", or an optional '-' and a digit 1-9 followed by digits, within int64. No plus sign,
// no space, no leading zero, no "-0": text and integer are in bijection, so replacing one by the other loses nothing.
// Invariant: parse(format(n)) == n for every n; format(parse(t)) == t for every text that parses.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The longest canonical text, "-9223372036854775808".
enum { APUS_INT64_TEXT_MAX = 20 };

/// The rest of apus_parse_int64, once the length and the first byte look like a number.
bool apus_parse_int64_slow(const uint8_t *_Nonnull text, size_t count, int64_t *_Nonnull out);

/// Reads `count` bytes as canonical decimal; false (and `*out` untouched) if they are anything else. Most strings are
/// refused inline by their length or first byte.
static inline bool apus_parse_int64(const uint8_t *_Nullable text, size_t count, int64_t *_Nonnull out) {
    if (count - 1 >= APUS_INT64_TEXT_MAX) return false;
    if ((uint8_t)(text[0] - '0') > 9 && text[0] != '-') return false;
    return apus_parse_int64_slow(text, count, out);
}

/// Writes the canonical text of `value` (1 to 20 bytes, no terminator) and returns its length.
size_t apus_format_int64(int64_t value, uint8_t *_Nonnull out);

/// The number of bytes apus_format_int64 would write.
size_t apus_int64_text_count(int64_t value);

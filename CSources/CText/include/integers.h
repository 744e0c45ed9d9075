// Decimal text and 64-bit integers, in the one form that Redis treats as "this string is an integer".
//
// Contract: canonical text is "0", or an optional '-' and a digit 1-9 followed by digits, within the type's range. No
// plus sign, no space, no leading zero, no "-0": text and integer are in bijection, so replacing one by the other loses
// nothing.
// Invariant: parse(format(n)) == n for every n; format(parse(t)) == t for every text that parses.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /// The longest canonical text, "-9223372036854775808".
    APUS_INT64_TEXT_MAX = 20,
    /// The longest unsigned text, "18446744073709551615".
    APUS_UINT64_TEXT_MAX = 20,
};

/// The rest of apus_parse_int64, once the length and the first byte look like a number.
bool apus_parse_int64_slow(const uint8_t *_Nonnull text, size_t count, int64_t *_Nonnull out);

/// Reads `count` bytes as canonical decimal; false (and `*out` untouched) if they are anything else. Most strings are
/// refused inline by their length or first byte.
static inline bool apus_parse_int64(const uint8_t *_Nullable text, size_t count, int64_t *_Nonnull out) {
    if (count - 1 >= APUS_INT64_TEXT_MAX) return false;
    if ((uint8_t)(text[0] - '0') > 9 && text[0] != '-') return false;
    return apus_parse_int64_slow(text, count, out);
}

/// Reads `count` bytes as canonical decimal without a sign; false (and `*out` untouched) if they are anything else.
bool apus_parse_uint64(const uint8_t *_Nullable text, size_t count, uint64_t *_Nonnull out);

/// Writes the canonical text of `value` (1 to 20 bytes, no terminator) and returns its length.
size_t apus_format_int64(int64_t value, uint8_t *_Nonnull out);

/// The same for an unsigned value.
size_t apus_format_uint64(uint64_t value, uint8_t *_Nonnull out);

/// The number of bytes apus_format_uint64 would write.
static inline size_t apus_uint64_text_count(uint64_t value) {
    static const uint64_t powers[20] = {
        0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
        1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
        1000000000000000000, 10000000000000000000u};
    // log10 from log2: 1233 / 4096 is just over log10(2), exact enough for 64 bits; the table corrects it by one.
    unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
    unsigned digits = (bits * 1233) >> 12;
    return digits + (value >= powers[digits]);
}

/// The number of bytes apus_format_int64 would write.
static inline size_t apus_int64_text_count(int64_t value) {
    return value < 0 ? 1 + apus_uint64_text_count(0 - (uint64_t)value) : apus_uint64_text_count((uint64_t)value);
}

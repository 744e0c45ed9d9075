// Numbers and patterns as text: doubles, timeouts, INCRBYFLOAT's arithmetic, and glob patterns, byte for byte as Redis
// has them.
//
// Contract: pure functions over (pointer, count) pairs; nothing here allocates, needs a terminator, reads a locale or
// fails otherwise than by its result.
// Invariant: apus_parse_double(apus_format_double(x)) == x for every x that is not a NaN.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define APUS_C extern "C"
#else
#define APUS_C
#endif

enum {
    /// Room that any formatted double needs at most ("-1.7976931348623157e+308" is 24 bytes; the rest is margin).
    APUS_DOUBLE_TEXT_MAX = 40,
    /// Room that INCRBYFLOAT's result needs at most: the largest long double has 4933 digits before the point.
    APUS_LONG_DOUBLE_TEXT_MAX = 5120,
};

/// Writes the shortest text that reads back as `value`: integers without a point ("3"), otherwise digits or an exponent
/// ("0.1", "1.5e-10", "1e+20"), "inf", "-inf", "nan"; negative zero is "-0". Returns the count, at most
/// APUS_DOUBLE_TEXT_MAX.
size_t apus_format_double(double value, uint8_t *_Nonnull out);

/// Writes `value` with up to 17 significant digits as "%.17g" does ("0.10000000000000001"). Returns the count, at most
/// APUS_DOUBLE_TEXT_MAX.
APUS_C size_t apus_format_double_17(double value, uint8_t *_Nonnull out);

/// Reads a double as scores and increments accept it. The whole text must be one number: no spaces, no
/// NaN, no hexadecimal; "inf" and "infinity" in any case with an optional sign; what overflows, or underflows to zero,
/// is refused. False leaves `*out` untouched.
APUS_C bool apus_parse_double(const uint8_t *_Nullable text, size_t count, double *_Nonnull out);

/// Reads a double as the bounds of score ranges accept it: as above, but the text ends at the first NUL, an empty one
/// is 0, what overflows is infinite, and what underflows is 0. False leaves `*out` untouched.
APUS_C bool apus_parse_bound(const uint8_t *_Nullable text, size_t count, double *_Nonnull out);

typedef enum apus_increment_status {
    APUS_INCREMENT_OK,
    APUS_INCREMENT_CURRENT_NOT_A_FLOAT,  // the stored text is not a number
    APUS_INCREMENT_NOT_A_FLOAT,          // the increment is not a number
    APUS_INCREMENT_NAN_OR_INFINITY,      // the sum is not finite
} apus_increment_status;

/// INCRBYFLOAT and HINCRBYFLOAT in one step: the sum of two texts in long double arithmetic, written in decimal with at
/// most 17 fraction digits and no trailing zeros. `current_count` 0 with a null `current` stands for a missing value
/// (0). `out` has APUS_LONG_DOUBLE_TEXT_MAX bytes; `*out_count` is set on success only.
apus_increment_status apus_increment_by_float(const uint8_t *_Nullable current, size_t current_count,
                                              const uint8_t *_Nonnull increment, size_t increment_count,
                                              uint8_t *_Nonnull out, size_t *_Nonnull out_count);

/// Reads a timeout in seconds as blocking commands accept it: as an increment, in hexadecimal, too. Milliseconds,
/// rounded up; infinite beyond a double. False leaves `*milliseconds` untouched.
bool apus_parse_timeout(const uint8_t *_Nullable text, size_t count, double *_Nonnull milliseconds);

/// Whether `text` matches the glob `pattern`: ?, *, [abc], [^a], [a-z] and backslash escapes. Any pattern takes at most
/// O(pattern × text) steps. As in Redis, an empty text matches nothing but the empty pattern, not even "*": commands
/// that mean "all" by "*" look for it before.
bool apus_glob_matches(const uint8_t *_Nullable pattern, size_t pattern_count, const uint8_t *_Nullable text,
                       size_t text_count, bool ignore_case);

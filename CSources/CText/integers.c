// Canonical decimal text and 64-bit integers; written two digits at a time. Contract: integers.h.
#include "integers.h"

#include <string.h>

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354"
    "5556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
    "99";

// Reads digits without a sign: "0", or a first digit 1-9 and at most 20 in all.
static bool parse_magnitude(const uint8_t *text, size_t count, uint64_t *out) {
    if (count == 0 || count > APUS_UINT64_TEXT_MAX) return false;
    uint64_t value = (uint8_t)(text[0] - '0');
    if (value > 9 || (value == 0 && count > 1)) return false;
    size_t safe = count < 19 ? count : 19;  // 19 digits never exceed 64 bits
    for (size_t i = 1; i < safe; i++) {
        uint8_t digit = (uint8_t)(text[i] - '0');
        if (digit > 9) return false;
        value = value * 10 + digit;
    }
    if (count == 20) {
        uint8_t digit = (uint8_t)(text[19] - '0');
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return true;
}

bool apus_parse_uint64(const uint8_t *text, size_t count, uint64_t *out) {
    return parse_magnitude(text, count, out);
}

bool apus_parse_int64_slow(const uint8_t *text, size_t count, int64_t *out) {
    bool negative = text[0] == '-';
    uint64_t magnitude;
    if (!parse_magnitude(text + negative, count - negative, &magnitude)) return false;
    if (negative) {
        if (magnitude == 0 || magnitude > (uint64_t)INT64_MAX + 1) return false;
        *out = (int64_t)(0 - magnitude);
    } else {
        if (magnitude > INT64_MAX) return false;
        *out = (int64_t)magnitude;
    }
    return true;
}

size_t apus_format_uint64(uint64_t value, uint8_t *out) {
    size_t count = apus_uint64_text_count(value);
    uint8_t *end = out + count;
    while (value >= 100) {
        end -= 2;
        memcpy(end, digit_pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        memcpy(end - 2, digit_pairs + 2 * value, 2);
    } else {
        end[-1] = (uint8_t)('0' + value);
    }
    return count;
}

size_t apus_format_int64(int64_t value, uint8_t *out) {
    if (value >= 0) return apus_format_uint64((uint64_t)value, out);
    *out = '-';
    return 1 + apus_format_uint64(0 - (uint64_t)value, out + 1);
}

#include "integers.h"
#include <string.h>

#define ZEROS 0x3030303030303030ull

static inline uint64_t load64(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

/// The `count` (1 to 8) characters at `p`, right-aligned as eight characters with '0' in front; reads nothing else.
static inline uint64_t load_digits(const uint8_t *p, size_t count) {
    if (count == 8) return load64(p);
    uint64_t word;
    if (count >= 4) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + count - 4, 4);
        word = low | (uint64_t)high << (8 * (count - 4));
    } else {
        // First, middle and last cover one, two or three bytes without a branch.
        word = p[0] | (uint64_t)p[count / 2] << (8 * (count / 2)) | (uint64_t)p[count - 1] << (8 * (count - 1));
    }
    return word << (8 * (8 - count)) | ZEROS >> (8 * count);
}

/// True if all eight bytes are '0' to '9': the high nibble is 3, and adding 6 to the low one does not carry into it.
static inline bool are_digits(uint64_t word) {
    return ((word & 0xF0F0F0F0F0F0F0F0ull) | (((word + 0x0606060606060606ull) & 0xF0F0F0F0F0F0F0F0ull) >> 4)) ==
           0x3333333333333333ull;
}

/// The value of eight digits, the first character most significant: pairs, then fours, then all, each step a multiply.
static inline uint64_t digits_value(uint64_t word) {
    word -= ZEROS;
    word = word * 10 + (word >> 8);
    const uint64_t pairs = 0x000000FF000000FFull;
    return (((word & pairs) * (100 + (1000000ull << 32))) + (((word >> 16) & pairs) * (1 + (10000ull << 32)))) >> 32;
}

bool apus_parse_int64_slow(const uint8_t *text, size_t count, int64_t *out) {
    bool negative = text[0] == '-';
    text += negative;
    count -= negative;
    // 19 digits are below 10^19 < 2^64, so the sum below cannot wrap.
    if (count - 1 >= 19) return false;
    if (text[0] == '0') {
        if (count != 1 || negative) return false;
        *out = 0;
        return true;
    }
    uint64_t magnitude = 0;
    size_t first = (count - 1) % 8 + 1;
    for (size_t width = first; count; text += width, count -= width, width = 8) {
        uint64_t word = load_digits(text, width);
        if (!are_digits(word)) return false;
        magnitude = magnitude * 100000000 + digits_value(word);
    }
    if (magnitude > (uint64_t)INT64_MAX + negative) return false;
    *out = (int64_t)(negative ? 0 - magnitude : magnitude);
    return true;
}

/// Every two-digit number as text: halves the divisions of formatting.
static const char pairs[201] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354"
    "555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static inline size_t digit_count(uint64_t value) {
    static const uint64_t powers[20] = {
        0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
        1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
        1000000000000000000, 10000000000000000000u};
    // 1233/4096 is just above log10(2): the estimate is right or one too high.
    size_t estimate = (size_t)((64 - __builtin_clzll(value | 1)) * 1233) >> 12;
    return estimate + (value >= powers[estimate]);
}

static inline uint64_t magnitude_of(int64_t value) { return value < 0 ? 0 - (uint64_t)value : (uint64_t)value; }

size_t apus_int64_text_count(int64_t value) {
    uint64_t magnitude = magnitude_of(value);
    return (value < 0) + (magnitude ? digit_count(magnitude) : 1);
}

size_t apus_format_int64(int64_t value, uint8_t *out) {
    uint64_t rest = magnitude_of(value);
    size_t count = apus_int64_text_count(value);
    if (value < 0) out[0] = '-';
    uint8_t *p = out + count;
    while (rest >= 100) {
        p -= 2;
        memcpy(p, pairs + 2 * (rest % 100), 2);
        rest /= 100;
    }
    if (rest >= 10) memcpy(p - 2, pairs + 2 * rest, 2);
    else p[-1] = (uint8_t)('0' + rest);
    return count;
}

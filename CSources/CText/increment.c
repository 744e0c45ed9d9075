// INCRBYFLOAT's arithmetic, and timeouts: long double, because that is what Redis computes with, and clients see its
// digits.
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    /// The longest text that is looked at; a long double written out needs less.
    INPUT_MAX = 5 * 1024,
    /// Decimal places of a result.
    FRACTION_DIGITS = 17,
};

static bool is_space(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static bool parse(const uint8_t *text, size_t count, long double *out) {
    if (count == 0 || count >= INPUT_MAX || is_space(text[0]) || memchr(text, 0, count)) return false;
    char terminated[INPUT_MAX];
    memcpy(terminated, text, count);
    terminated[count] = 0;
    char *end;
    errno = 0;
    long double value = strtold(terminated, &end);
    if (end != terminated + count || isnan(value)) return false;
    if (errno == ERANGE && (isinf(value) || value == 0)) return false;
    *out = value;
    return true;
}

static size_t format(long double value, uint8_t *out) {
    char *text = (char *)out;
    size_t count = (size_t)snprintf(text, APUS_LONG_DOUBLE_TEXT_MAX, "%.*Lf", FRACTION_DIGITS, value);
    while (out[count - 1] == '0') count--;
    if (out[count - 1] == '.') count--;
    if (count == 2 && memcmp(out, "-0", 2) == 0) {
        out[0] = '0';
        count = 1;
    }
    return count;
}

apus_increment_status apus_increment_by_float(const uint8_t *current, size_t current_count, const uint8_t *increment,
                                              size_t increment_count, uint8_t *out, size_t *out_count) {
    long double value = 0, step;
    if (current && !parse(current, current_count, &value)) return APUS_INCREMENT_CURRENT_NOT_A_FLOAT;
    if (!parse(increment, increment_count, &step)) return APUS_INCREMENT_NOT_A_FLOAT;
    value += step;
    if (isnan(value) || isinf(value)) return APUS_INCREMENT_NAN_OR_INFINITY;
    *out_count = format(value, out);
    return APUS_INCREMENT_OK;
}

bool apus_parse_timeout(const uint8_t *text, size_t count, double *milliseconds) {
    long double seconds;
    if (!parse(text, count, &seconds)) return false;
    *milliseconds = (double)ceill(seconds * 1000);
    return true;
}

// Text to doubles. The standard library's from_chars is exact, needs no locale and no terminator, and is several times
// faster than strtod. It refuses a plus sign, which Redis accepts, and accepts NaN, which Redis refuses.
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "text.h"

namespace {

// The number that a text begins with, and whether it is all of the text.
struct parsed {
    const char *first;  // behind a plus sign
    double value;
    std::errc error;
    bool is_whole;
};

parsed parse(const uint8_t *text, size_t count) {
    const char *first = reinterpret_cast<const char *>(text), *last = first + count;
    if (count > 1 && *first == '+' && first[1] != '-') first++;
    double value = 0;
    std::from_chars_result result = std::from_chars(first, last, value);
    return {first, value, result.ec, result.ptr == last};
}

// Whether a well-formed number that is out of a double's range is too large for it rather than too small: where its
// first digit other than 0 stands, and the exponent, tell.
bool is_large(const char *text, const char *last) {
    long long place = 0;  // of that digit: 1 for the last one before the point, 0 for the first one behind it
    bool is_behind_point = false, is_found = false;
    for (; text < last && *text != 'e' && *text != 'E'; text++) {
        if (*text == '.') is_behind_point = true;
        else if (*text >= '1' && *text <= '9') is_found = true;
        if (!is_behind_point && is_found) place++;
        else if (is_behind_point && !is_found && *text == '0') place--;
    }
    long long exponent = 0;
    if (text < last && *++text == '+') text++;
    bool is_beyond = text < last && std::from_chars(text, last, exponent).ec == std::errc::result_out_of_range;
    if (is_beyond) return *text != '-';
    return exponent > -place;
}

}  // namespace

extern "C" bool apus_parse_double(const uint8_t *text, size_t count, double *out) {
    parsed number = parse(text, count);
    if (number.error != std::errc() || !number.is_whole || std::isnan(number.value)) return false;
    *out = number.value;
    return true;
}

extern "C" bool apus_parse_bound(const uint8_t *text, size_t count, double *out) {
    const void *nul = count ? std::memchr(text, 0, count) : nullptr;
    if (nul) count = static_cast<size_t>(static_cast<const uint8_t *>(nul) - text);
    if (count == 0) {
        *out = 0;
        return true;
    }
    parsed number = parse(text, count);
    if (!number.is_whole || std::isnan(number.value)) return false;
    if (number.error == std::errc::result_out_of_range) {
        bool is_negative = *number.first == '-';
        double size = is_large(number.first, reinterpret_cast<const char *>(text) + count)
            ? std::numeric_limits<double>::infinity() : 0;
        number.value = is_negative ? -size : size;
    } else if (number.error != std::errc()) {
        return false;
    }
    *out = number.value;
    return true;
}

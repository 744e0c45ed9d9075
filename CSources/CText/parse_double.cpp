// Text to doubles. The standard library's from_chars is exact, needs no locale and no terminator, and is several times
// faster than strtod. It refuses a plus sign, which Redis accepts, and accepts NaN, which Redis refuses.
#include <charconv>
#include <cmath>

#include "text.h"

extern "C" bool apus_parse_double(const uint8_t *text, size_t count, double *out) {
    const char *first = reinterpret_cast<const char *>(text);
    const char *last = first + count;
    if (count > 1 && *first == '+' && first[1] != '-') first++;
    double value;
    std::from_chars_result result = std::from_chars(first, last, value);
    if (result.ec != std::errc() || result.ptr != last || std::isnan(value)) return false;
    *out = value;
    return true;
}

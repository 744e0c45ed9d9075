// Doubles with 17 significant digits, as printf's "%.17g" has them: enough to read any double back, seldom the fewest.
// The standard library's to_chars is defined by printf in the C locale, whatever the process's locale is.
#include <charconv>

#include "text.h"

extern "C" size_t apus_format_double_17(double value, uint8_t *out) {
    char *first = reinterpret_cast<char *>(out);
    return static_cast<size_t>(
        std::to_chars(first, first + APUS_DOUBLE_TEXT_MAX, value, std::chars_format::general, 17).ptr - first);
}

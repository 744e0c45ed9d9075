// Glob patterns. Every token but the star takes exactly one byte, so only the last star ever needs to be reconsidered:
// when the rest does not match, that star takes one byte more. This is what keeps "a*a*a*b" from exploding.
#include "text.h"

// Groups of stars that may have something behind them. A pattern with more matches nothing, as in the reference, where
// each one is a level of recursion.
enum { STARS_MAX = 1000 };

typedef struct cursor {
    const uint8_t *at;
    const uint8_t *end;
} cursor;

static uint8_t lower(uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte; }

static bool is_same(uint8_t left, uint8_t right, bool ignore_case) {
    return ignore_case ? lower(left) == lower(right) : left == right;
}

// A class, from behind its '[' to behind its ']' (or the pattern's end, which closes it too).
static bool class_matches(cursor *pattern, uint8_t byte, bool ignore_case) {
    const uint8_t *at = pattern->at;
    bool is_negated = at < pattern->end && *at == '^';
    bool is_member = false;
    at += is_negated;
    for (; at < pattern->end && *at != ']'; at++) {
        if (*at == '\\' && pattern->end - at >= 2) {
            at++;
            if (*at == byte) is_member = true;
        } else if (pattern->end - at >= 3 && at[1] == '-') {
            uint8_t low = at[0], high = at[2], tested = byte;
            if (low > high) {
                low = at[2];
                high = at[0];
            }
            if (ignore_case) {
                low = lower(low);
                high = lower(high);
                tested = lower(tested);
            }
            if (tested >= low && tested <= high) is_member = true;
            at += 2;
        } else if (is_same(*at, byte, ignore_case)) {
            is_member = true;
        }
    }
    pattern->at = at < pattern->end ? at + 1 : at;
    return is_member != is_negated;
}

// One token other than a star against one byte; moves the pattern behind the token if it matches.
static bool token_matches(cursor *pattern, uint8_t byte, bool ignore_case) {
    cursor next = {pattern->at + 1, pattern->end};
    bool matches;
    switch (*pattern->at) {
        case '?':
            matches = true;
            break;
        case '[':
            matches = class_matches(&next, byte, ignore_case);
            break;
        case '\\':
            if (next.at < next.end) {
                matches = is_same(*next.at, byte, ignore_case);
                next.at++;
                break;
            }
            // A backslash at the end is itself.
            __attribute__((fallthrough));
        default:
            matches = is_same(*pattern->at, byte, ignore_case);
            break;
    }
    if (matches) *pattern = next;
    return matches;
}

bool apus_glob_matches(const uint8_t *pattern, size_t pattern_count, const uint8_t *text, size_t text_count,
                       bool ignore_case) {
    if (pattern_count == 0 || text_count == 0) return pattern_count == text_count;
    cursor token = {pattern, pattern + pattern_count};
    const uint8_t *end = text + text_count;
    const uint8_t *behind_star = NULL;  // the pattern behind the last star
    const uint8_t *star_text = NULL;    // where what follows that star is tried next
    int stars = 0;
    while (text < end) {
        if (token.at < token.end && *token.at == '*') {
            while (token.at < token.end && *token.at == '*') token.at++;
            if (token.at == token.end) return true;
            if (++stars > STARS_MAX) return false;
            behind_star = token.at;
            star_text = text + 1;
        } else if (token.at < token.end && token_matches(&token, *text, ignore_case)) {
            text++;
        } else if (behind_star) {
            token.at = behind_star;
            text = star_text++;
        } else {
            return false;
        }
    }
    while (token.at < token.end && *token.at == '*') token.at++;
    return token.at == token.end;
}

// Small sorted sets: walks over the pairs of a listpack. Contract: zpack.h.
#include "zpack.h"
#include "allocator.h"
#include "integers.h"
#include "text.h"

/// A member in a listpack as bytes: integers are written out into `digits`.
typedef struct member_view {
    const uint8_t *bytes;
    size_t count;
    uint8_t digits[APUS_INT64_TEXT_MAX];
} member_view;

static void read_member(const uint8_t *listpack, apus_listpack_position at, member_view *view) {
    apus_listpack_value value = apus_listpack_get(listpack, at);
    if (value.bytes) {
        view->bytes = value.bytes;
        view->count = (size_t)value.number;
    } else {
        view->count = apus_format_int64(value.number, view->digits);
        view->bytes = view->digits;
    }
}

size_t apus_zpack_bytes(const uint8_t *listpack) { return apus_usable_size(apus_listpack_allocated(listpack)); }

// MARK: Steps
//
// Everything here is a walk over pairs, so what a walk pays for is the chain of loads from one entry to the next. The
// members' lengths stay in that chain, but the scores' encodings are decided by branches: they are mostly alike in one
// set, so that the processor predicts them and goes ahead.

static inline const uint8_t *after_member(const uint8_t *member) {
    return member + apus_listpack_entry_bytes(member);
}

/// Reads a score entry and steps over it.
static inline double read_score(const uint8_t *entry, const uint8_t **next) {
    uint8_t tag = *entry;
    int64_t number = 0;
    if (tag < APUS_LISTPACK_STRING6) {
        *next = entry + 2;
        return tag;
    }
    switch (tag) {
    case APUS_LISTPACK_INT16:
        *next = entry + 4;
        return (int16_t)(entry[1] | entry[2] << 8);
    case APUS_LISTPACK_INT24:
        *next = entry + 5;
        return (int32_t)((uint32_t)entry[1] << 8 | (uint32_t)entry[2] << 16 | (uint32_t)entry[3] << 24) >> 8;
    case APUS_LISTPACK_INT32: {
        int32_t value;
        memcpy(&value, entry + 1, sizeof value);
        *next = entry + 6;
        return value;
    }
    case APUS_LISTPACK_INT64:
        memcpy(&number, entry + 1, sizeof number);
        *next = entry + 10;
        return (double)number;
    default: break;
    }
    *next = entry + apus_listpack_entry_bytes(entry);
    apus_listpack_value value = apus_listpack_get(entry, 0);
    if (!value.bytes) return (double)value.number;
    double result = 0;
    apus_parse_double(value.bytes, (size_t)value.number, &result);
    return result;
}

static inline const uint8_t *after_score(const uint8_t *entry) {
    uint8_t tag = *entry;
    if (tag < APUS_LISTPACK_STRING6) return entry + 2;
    if (tag == APUS_LISTPACK_INT32) return entry + 6;
    return entry + apus_listpack_entry_bytes(entry);
}

double apus_zpack_score(const uint8_t *listpack, apus_listpack_position member) {
    const uint8_t *next;
    return read_score(after_member(listpack + member), &next);
}

/// Whether the pair of `member` and `score` precedes the bound.
static bool precedes(const uint8_t *member, double score, const apus_skiplist_bound *bound) {
    if (bound->order != APUS_BOUND_MEMBER) {
        if (score != bound->score) return score < bound->score;
        if (bound->order == APUS_BOUND_SCORE) return bound->after_equal;
    }
    member_view view;
    read_member(member, 0, &view);
    int order = apus_member_compare_bytes(view.bytes, view.count, bound->member, bound->member_count);
    return order < 0 || (order == 0 && bound->after_equal);
}

apus_zpack_place apus_zpack_find_member(const uint8_t *listpack, const uint8_t *bytes, size_t count) {
    const uint8_t *entry = listpack + APUS_LISTPACK_HEADER_BYTES;
    int64_t integer;
    // A short string is stored with its length in the tag; anything else is compared by the listpack.
    bool is_short = count < 64 && !apus_parse_int64(bytes, count, &integer);
    uint8_t tag = (uint8_t)(APUS_LISTPACK_STRING6 | count);
    for (uint32_t rank = 0; *entry != APUS_LISTPACK_END; rank++) {
        apus_listpack_position at = (apus_listpack_position)(entry - listpack);
        bool is_equal = is_short ? *entry == tag && memcmp(entry + 1, bytes, count) == 0
                                 : apus_listpack_equals(listpack, at, bytes, count);
        if (is_equal) return (apus_zpack_place){at, rank};
        entry = after_score(after_member(entry));
    }
    return (apus_zpack_place){0, 0};
}

apus_zpack_place apus_zpack_find(
    const uint8_t *listpack, apus_zpack_place from, const apus_skiplist_bound *bound) {
    if (!from.position) return from;
    const uint8_t *entry = listpack + from.position, *next;
    for (uint32_t rank = from.rank; *entry != APUS_LISTPACK_END; rank++, entry = next) {
        double score = read_score(after_member(entry), &next);
        if (!precedes(entry, score, bound))
            return (apus_zpack_place){(apus_listpack_position)(entry - listpack), rank};
    }
    return (apus_zpack_place){0, apus_zpack_count(listpack)};
}

apus_zpack_place apus_zpack_at(const uint8_t *listpack, uint32_t rank) {
    return (apus_zpack_place){apus_listpack_seek(listpack, (int64_t)rank * 2), rank};
}

/// A score as it is stored. Integers of up to 52 bits take the short way; the text of larger ones is turned into an
/// integer by the listpack.
static apus_listpack_value score_value(double score, uint8_t text[APUS_DOUBLE_TEXT_MAX]) {
    static const double exact = 4503599627370496;  // 2^52
    if (score > -exact && score < exact && score == (double)(int64_t)score)
        return apus_listpack_integer((int64_t)score);
    return apus_listpack_string(text, apus_format_double(score, text));
}

/// The first pair behind the bound, or 0: its walk is spared what goes to the end, as members in order do.
static apus_listpack_position place_of_new(const uint8_t *listpack, const apus_skiplist_bound *bound) {
    apus_listpack_position last = apus_zpack_step(listpack, apus_listpack_end(listpack), true);
    if (last && precedes(listpack + last, apus_zpack_score(listpack, last), bound)) return 0;
    return apus_zpack_find(listpack, apus_zpack_begin(listpack), bound).position;
}

bool apus_zpack_insert(uint8_t **listpack, double score, const uint8_t *bytes, size_t count) {
    apus_skiplist_bound bound = {score, bytes, (uint32_t)count, APUS_BOUND_SCORE_MEMBER, false};
    apus_listpack_position at = place_of_new(*listpack, &bound);
    uint8_t text[APUS_DOUBLE_TEXT_MAX];
    apus_listpack_value pair[2] = {apus_listpack_string(bytes, count), score_value(score, text)};
    return apus_listpack_insert_many(listpack, at ? at : apus_listpack_end(*listpack), pair, 2) != 0;
}

void apus_zpack_remove(uint8_t **listpack, apus_listpack_position member, uint32_t n) {
    apus_listpack_delete(listpack, member, (size_t)n * 2);
}

bool apus_zpack_update(
    uint8_t **listpack, apus_listpack_position member, double score, const uint8_t *bytes, size_t count) {
    // The first pair not before the new place; it may be the pair itself, or the one behind it, and then it stays.
    apus_skiplist_bound bound = {score, bytes, (uint32_t)count, APUS_BOUND_SCORE_MEMBER, false};
    bool goes_up = apus_zpack_score(*listpack, member) < score;
    apus_zpack_place from = goes_up ? (apus_zpack_place){member, 0} : apus_zpack_begin(*listpack);
    apus_listpack_position at = apus_zpack_find(*listpack, from, &bound).position;
    uint8_t text[APUS_DOUBLE_TEXT_MAX];
    apus_listpack_value pair[2] = {apus_listpack_string(bytes, count), score_value(score, text)};
    if (at == member || at == apus_zpack_step(*listpack, member, false))
        return apus_listpack_replace(listpack, apus_listpack_next(*listpack, member), pair[1]);
    if (!at) at = apus_listpack_end(*listpack);
    size_t bytes_before = apus_listpack_bytes(*listpack);
    apus_listpack_position new = apus_listpack_insert_many(listpack, at, pair, 2);
    if (!new) return false;
    size_t shift = apus_listpack_bytes(*listpack) - bytes_before;
    apus_zpack_remove(listpack, new <= member ? member + (apus_listpack_position)shift : member, 1);
    return true;
}

const char *apus_zpack_invariants(const uint8_t *listpack) {
    if (apus_listpack_count(listpack) % 2) return "a member has no score";
    for (apus_listpack_position at = apus_listpack_first(listpack), next; at; at = next) {
        apus_listpack_value value = apus_listpack_get(listpack, apus_listpack_next(listpack, at));
        double score;
        if (value.bytes && (!apus_parse_double(value.bytes, (size_t)value.number, &score) || score != score))
            return "a score is not a number";
        next = apus_zpack_step(listpack, at, false);
        if (!next) break;
        member_view member;
        read_member(listpack, next, &member);
        apus_skiplist_bound bound = {
            apus_zpack_score(listpack, next), member.bytes, (uint32_t)member.count, APUS_BOUND_SCORE_MEMBER, false};
        if (!precedes(listpack + at, apus_zpack_score(listpack, at), &bound)) return "two pairs are out of order";
    }
    return NULL;
}

bool apus_zpack_is_unique(const uint8_t *listpack) {
    for (apus_listpack_position at = apus_listpack_first(listpack); at; at = apus_zpack_step(listpack, at, false)) {
        member_view member;
        read_member(listpack, at, &member);
        if (apus_zpack_find_member(listpack, member.bytes, member.count).position != at) return false;
    }
    return true;
}

size_t apus_zpack_longest(const uint8_t *listpack) {
    size_t longest = 0;
    for (apus_listpack_position at = apus_listpack_first(listpack); at; at = apus_zpack_step(listpack, at, false)) {
        member_view member;
        read_member(listpack, at, &member);
        if (member.count > longest) longest = member.count;
    }
    return longest;
}

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

double apus_zpack_score_slow(const uint8_t *listpack, apus_listpack_position score) {
    apus_listpack_value value = apus_listpack_get(listpack, score);
    double result = 0;
    if (!value.bytes) return (double)value.number;
    apus_parse_double(value.bytes, (size_t)value.number, &result);
    return result;
}

static bool precedes(const uint8_t *listpack, apus_listpack_position at, const apus_skiplist_bound *bound) {
    if (bound->order != APUS_BOUND_MEMBER) {
        double score = apus_zpack_score(listpack, at);
        if (score != bound->score) return score < bound->score;
        if (bound->order == APUS_BOUND_SCORE) return bound->after_equal;
    }
    member_view member;
    read_member(listpack, at, &member);
    int order = apus_member_compare_bytes(member.bytes, member.count, bound->member, bound->member_count);
    return order < 0 || (order == 0 && bound->after_equal);
}

static apus_listpack_position next_pair(const uint8_t *listpack, apus_listpack_position at) {
    return apus_zpack_step(listpack, at, false);
}

apus_zpack_place apus_zpack_find_member(
    const uint8_t *listpack, const uint8_t *bytes, size_t count, bool with_rank) {
    apus_listpack_position first = apus_listpack_first(listpack);
    apus_zpack_place place = {apus_listpack_find(listpack, first, bytes, count, 1), 0};
    if (place.position && with_rank)
        for (apus_listpack_position at = first; at != place.position; at = next_pair(listpack, at)) place.rank++;
    return place;
}

apus_zpack_place apus_zpack_find(const uint8_t *listpack, const apus_skiplist_bound *bound) {
    apus_zpack_place place = {apus_listpack_first(listpack), 0};
    while (place.position && precedes(listpack, place.position, bound)) {
        place.position = next_pair(listpack, place.position);
        place.rank++;
    }
    return place;
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

bool apus_zpack_insert(uint8_t **listpack, double score, const uint8_t *bytes, size_t count) {
    apus_skiplist_bound bound = {score, bytes, (uint32_t)count, APUS_BOUND_SCORE_MEMBER, false};
    apus_listpack_position at = apus_zpack_find(*listpack, &bound).position;
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
    apus_listpack_position at = apus_zpack_find(*listpack, &bound).position;
    uint8_t text[APUS_DOUBLE_TEXT_MAX];
    apus_listpack_value pair[2] = {apus_listpack_string(bytes, count), score_value(score, text)};
    if (at == member || at == next_pair(*listpack, member))
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
        next = next_pair(listpack, at);
        if (!next) break;
        member_view member;
        read_member(listpack, next, &member);
        apus_skiplist_bound bound = {
            apus_zpack_score(listpack, next), member.bytes, (uint32_t)member.count, APUS_BOUND_SCORE_MEMBER, false};
        if (!precedes(listpack, at, &bound)) return "two pairs are out of order";
    }
    return NULL;
}

// Fuzzes the listpack: the input is a listpack from outside. If validation accepts it, every operation runs on it, and
// what comes out must validate too. The first bytes of the input also steer the operations, so that a mutation of the
// listpack varies them.
#include "integers.h"
#include "listpack.h"
#include <stdlib.h>

static void require(bool condition) {
    if (!condition) abort();
}

static void require_valid(const uint8_t *listpack) {
    size_t offset;
    require(!apus_listpack_validate(listpack, apus_listpack_bytes(listpack), true, &offset));
}

/// The text of an entry, an integer's in `digits`.
static const uint8_t *text_at(
    const uint8_t *listpack, apus_listpack_position at, uint8_t digits[APUS_INT64_TEXT_MAX], size_t *count) {
    apus_listpack_value value = apus_listpack_get(listpack, at);
    *count = value.bytes ? (size_t)value.number : apus_format_int64(value.number, digits);
    return value.bytes ? value.bytes : digits;
}

/// Walks both ways and finds every entry.
static void read_all(const uint8_t *listpack) {
    size_t count = apus_listpack_count(listpack), index = 0, length;
    uint8_t digits[APUS_INT64_TEXT_MAX];
    apus_listpack_position at, previous = 0;
    for (at = apus_listpack_first(listpack); at; at = apus_listpack_next(listpack, at), index++) {
        require(apus_listpack_previous(listpack, at) == previous);
        previous = at;
        const uint8_t *text = text_at(listpack, at, digits, &length);
        require(apus_listpack_equals(listpack, at, text, length));
        // Quadratic work for the first entries only.
        if (index >= 64) continue;
        apus_listpack_position found = apus_listpack_find(listpack, apus_listpack_first(listpack), text, length, 0);
        require(found && found <= at && apus_listpack_equals(listpack, found, text, length));
        require(apus_listpack_find(listpack, at, text, length, (uint32_t)index % 4) == at);
        require(apus_listpack_seek(listpack, (int64_t)index) == at);
        require(apus_listpack_seek(listpack, (int64_t)index - (int64_t)count) == at);
    }
    require(index == count && previous == apus_listpack_last(listpack));
    require(!apus_listpack_seek(listpack, (int64_t)count) && !apus_listpack_seek(listpack, -(int64_t)count - 1));
}

/// One change, chosen by `choice`, at an entry chosen by `random`.
static void change(uint8_t **listpack, uint8_t choice, uint64_t random, apus_listpack_value value) {
    apus_listpack_position at = apus_listpack_random(*listpack, 1, random), sample[8];
    size_t count = apus_listpack_count(*listpack), n = random % 5;
    apus_listpack_value values[3] = {value, apus_listpack_integer((int64_t)random), value};
    uint32_t stride = 1 + choice % 2;
    switch (choice % 12) {
    case 0: require(apus_listpack_append(listpack, value)); break;
    case 1: require(apus_listpack_prepend(listpack, value)); break;
    case 2: if (at) require(apus_listpack_insert(listpack, at, value) == at); break;
    case 3: if (at) require(apus_listpack_insert_after(listpack, at, value) > at); break;
    case 4: if (at) require(apus_listpack_replace(listpack, at, value)); break;
    case 5: if (at) apus_listpack_delete(listpack, at, n); break;
    case 6: apus_listpack_delete_range(listpack, (int64_t)n - 2, n); break;
    case 7: require(apus_listpack_insert_many(listpack, apus_listpack_end(*listpack), values, 3)); break;
    case 8: require(apus_listpack_merge(listpack, apus_listpack_duplicate(*listpack))); break;
    case 9: case 10:
        n = apus_listpack_sample(*listpack, stride, 8, random, sample);
        require(n == (count / stride < 8 ? count / stride : 8));
        apus_listpack_delete_many(listpack, sample, n, stride);
        break;
    default: if (at) require(apus_listpack_replace(listpack, at, apus_listpack_integer((int64_t)random))); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t count) {
    size_t offset;
    apus_listpack_validate(input, count, false, &offset);
    if (apus_listpack_validate(input, count, true, &offset)) {
        require(offset <= count);
        return 0;
    }
    uint8_t *listpack = apus_listpack_copy(input, count);
    read_all(listpack);
    uint64_t random = 0x9E3779B97F4A7C15ull * count;
    for (size_t step = 0; step < 12; step++) {
        random = (random ^ input[step % count]) * 0xD6E8FEB86659FD93ull;
        random ^= random >> 32;
        // A value of bytes from the input: any length up to all of it.
        size_t length = (random >> 8) % (count + 1);
        change(&listpack, (uint8_t)random, random, apus_listpack_string(input + count - length, length));
        require_valid(listpack);
        read_all(listpack);
        // Merging with itself doubles it; keep the work bounded.
        if (apus_listpack_bytes(listpack) > 1 << 16) break;
    }
    apus_listpack_free(listpack);
    return 0;
}

// The listpack: entries as bytes, and what is done with them in one block. Layout and contract: listpack.h.
#include "listpack.h"
#include "allocator.h"
#include "integers.h"
#include "splitmix.h"

// MARK: Entries as bytes

static inline uint32_t load32(const uint8_t *p) {
    uint32_t word;
    memcpy(&word, p, 4);
    return word;
}

static inline uint64_t load64(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}

/// A value made ready to be stored: `head` is the encoding with length or integer, `data` the string's bytes.
typedef struct encoded {
    uint8_t head[9];
    uint8_t head_count;
    uint32_t data_count;
    const uint8_t *data;
} encoded;

static inline size_t body_bytes(const encoded *e) { return (size_t)e->head_count + e->data_count; }

static inline size_t whole_bytes(const encoded *e) {
    return body_bytes(e) + apus_listpack_backlength_bytes(body_bytes(e));
}

static inline void encode_integer(encoded *e, int64_t value) {
    e->data = NULL;
    e->data_count = 0;
    // The shortest form wins; two's complement makes the low bytes of the value the stored ones.
    if (value >= 0 && value <= 127) {
        e->head[0] = (uint8_t)value, e->head_count = 1;
    } else if (value >= -4096 && value <= 4095) {
        e->head[0] = (uint8_t)(APUS_LISTPACK_INT13 | ((value >> 8) & 0x1F)), e->head[1] = (uint8_t)value;
        e->head_count = 2;
    } else {
        uint8_t width = value == (int16_t)value ? 2 : value >= -(1 << 23) && value < 1 << 23 ? 3
                                                   : value == (int32_t)value                 ? 4
                                                                                             : 8;
        e->head[0] = width == 8 ? APUS_LISTPACK_INT64 : (uint8_t)(APUS_LISTPACK_INT16 + width - 2);
        memcpy(e->head + 1, &value, 8);
        e->head_count = width + 1;
    }
}

/// False if the value alone is beyond the limit.
static inline bool encode(encoded *e, apus_listpack_value value) {
    int64_t integer;
    if (!value.bytes) {
        encode_integer(e, value.number);
        return true;
    }
    size_t count = (size_t)value.number;
    if (apus_parse_int64(value.bytes, count, &integer)) {
        encode_integer(e, integer);
        return true;
    }
    if (count > APUS_LISTPACK_BYTES_MAX) return false;
    e->data = value.bytes;
    e->data_count = (uint32_t)count;
    if (count < 1 << 6) {
        e->head[0] = (uint8_t)(APUS_LISTPACK_STRING6 | count), e->head_count = 1;
    } else if (count < 1 << 12) {
        e->head[0] = (uint8_t)(APUS_LISTPACK_STRING12 | count >> 8), e->head[1] = (uint8_t)count, e->head_count = 2;
    } else {
        e->head[0] = APUS_LISTPACK_STRING32, e->head_count = 5;
        memcpy(e->head + 1, &e->data_count, 4);
    }
    return true;
}

static inline uint8_t *write_backlength(uint8_t *p, size_t body) {
    size_t width = apus_listpack_backlength_bytes(body);
    for (size_t i = width; i-- > 0; body >>= 7) p[i] = (uint8_t)((body & 127) | (i ? 128 : 0));
    return p + width;
}

static inline uint8_t *write_entry(uint8_t *p, const encoded *e) {
    memcpy(p, e->head, e->head_count);
    if (e->data_count) memcpy(p + e->head_count, e->data, e->data_count);
    return write_backlength(p + body_bytes(e), body_bytes(e));
}

/// The integer of the 13-bit form: its high bits come first, in the tag.
static inline int64_t short_integer(const uint8_t *entry) {
    return (int16_t)((entry[0] << 8 | entry[1]) << 3) >> 3;
}

/// The bytes of the integer behind a tag from APUS_LISTPACK_INT16 to APUS_LISTPACK_INT64.
static inline size_t integer_width(uint8_t tag) {
    static const uint8_t widths[] = {2, 3, 4, 8};
    return widths[tag - APUS_LISTPACK_INT16];
}

/// The integer of `width` bytes behind the tag. The word that ends with it begins before it (never before the block:
/// the header comes first), and shifting that away extends the sign: one load for all widths, none beyond the end.
static inline int64_t wide_integer(const uint8_t *entry, size_t width) {
    return (int64_t)load64(entry + 1 + width - 8) >> (64 - 8 * width);
}

static inline bool is_wide_integer(uint8_t tag) { return tag >= APUS_LISTPACK_INT16 && tag <= APUS_LISTPACK_INT64; }

static inline size_t string12_count(const uint8_t *entry) { return (size_t)(entry[0] & 15) << 8 | entry[1]; }

/// The bytes before the back-length of an entry that is one.
static inline size_t stored_body_bytes(const uint8_t *entry) {
    uint8_t tag = *entry;
    if (tag < APUS_LISTPACK_STRING6) return 1;
    if (tag < APUS_LISTPACK_INT13) return 1 + (tag & 63);
    if (tag < APUS_LISTPACK_STRING12) return 2;
    if (tag < APUS_LISTPACK_STRING32) return 2 + string12_count(entry);
    return tag == APUS_LISTPACK_STRING32 ? 5 + (size_t)load32(entry + 1) : 1 + integer_width(tag);
}

size_t apus_listpack_entry_bytes_slow(const uint8_t *entry) {
    size_t body = stored_body_bytes(entry);
    return body + apus_listpack_backlength_bytes(body);
}

apus_listpack_value apus_listpack_get_slow(const uint8_t *entry) {
    uint8_t tag = *entry;
    if (tag < APUS_LISTPACK_STRING12) return apus_listpack_integer(short_integer(entry));
    if (tag < APUS_LISTPACK_STRING32) return apus_listpack_string(entry + 2, string12_count(entry));
    if (tag == APUS_LISTPACK_STRING32) return apus_listpack_string(entry + 5, load32(entry + 1));
    return apus_listpack_integer(wide_integer(entry, integer_width(tag)));
}

// MARK: Blocks

static inline void set_total(uint8_t *listpack, size_t total) {
    uint32_t word = (uint32_t)total;
    memcpy(listpack, &word, 4);
}

/// Adds to the stored count. Unknown stays unknown, and the count becomes unknown where it no longer fits.
static inline void change_count(uint8_t *listpack, size_t added, size_t removed) {
    uint16_t count;
    memcpy(&count, listpack + 4, 2);
    if (count == APUS_LISTPACK_COUNT_UNKNOWN) return;
    size_t sum = count + added - removed;
    count = sum < APUS_LISTPACK_COUNT_UNKNOWN ? (uint16_t)sum : APUS_LISTPACK_COUNT_UNKNOWN;
    memcpy(listpack + 4, &count, 2);
}

uint8_t *apus_listpack_new(void) {
    static const uint8_t empty[APUS_LISTPACK_EMPTY_BYTES] = {7, 0, 0, 0, 0, 0, APUS_LISTPACK_END};
    return apus_listpack_copy(empty, sizeof empty);
}

uint8_t *apus_listpack_copy(const uint8_t *bytes, size_t count) {
    return memcpy(apus_allocate(apus_capacity(count)), bytes, count);
}

void apus_listpack_free(uint8_t *listpack) { apus_free(listpack, apus_listpack_allocated(listpack)); }

/// Changes the allocation from that of `old_total` bytes to that of `new_total`.
static inline void resize(uint8_t **listpack, size_t old_total, size_t new_total) {
    size_t old_size = apus_capacity(old_total), new_size = apus_capacity(new_total);
    if (old_size != new_size) *listpack = apus_resize(*listpack, old_size, new_size);
}

/// The one way in which a listpack changes its size: `removed` bytes at `at` give way to a gap of `inserted` bytes,
/// whose address is returned (null: beyond the limit, nothing changed). The header is adjusted by the entry counts.
static uint8_t *splice(
    uint8_t **listpack, size_t at, size_t removed, size_t inserted, size_t entries_removed, size_t entries_inserted) {
    size_t old_total = apus_listpack_bytes(*listpack);
    size_t new_total = old_total - removed + inserted;
    if (inserted > removed) {
        if (new_total > APUS_LISTPACK_BYTES_MAX) return NULL;
        resize(listpack, old_total, new_total);
    }
    if (inserted != removed) {
        memmove(*listpack + at + inserted, *listpack + at + removed, old_total - at - removed);
        if (inserted < removed) resize(listpack, old_total, new_total);
        set_total(*listpack, new_total);
    }
    if (entries_inserted != entries_removed) change_count(*listpack, entries_inserted, entries_removed);
    return *listpack + at;
}

// MARK: Walking

size_t apus_listpack_count_slow(const uint8_t *listpack) {
    size_t count = 0;
    for (const uint8_t *p = listpack + APUS_LISTPACK_HEADER_BYTES; *p != APUS_LISTPACK_END; count++)
        p += apus_listpack_entry_bytes(p);
    return count;
}

apus_listpack_position apus_listpack_seek(const uint8_t *listpack, int64_t index) {
    uint16_t stored;
    memcpy(&stored, listpack + 4, 2);
    if (stored != APUS_LISTPACK_COUNT_UNKNOWN) {
        if (index >= stored || index < -(int64_t)stored) return 0;
        // Walk from the nearer end. Forward steps are cheaper than backward ones, but not by a factor worth tuning.
        if (index >= 0 && index > stored / 2) index -= stored;
        else if (index < 0 && index < -(int64_t)stored / 2) index += stored;
    }
    apus_listpack_position at;
    if (index >= 0) {
        at = apus_listpack_first(listpack);
        while (at && index--) at = apus_listpack_next(listpack, at);
    } else {
        at = apus_listpack_last(listpack);
        while (at && ++index) at = apus_listpack_previous(listpack, at);
    }
    return at;
}

// MARK: Finding

/// What is looked for, prepared so that one byte of an entry decides almost always.
typedef struct needle {
    const uint8_t *bytes;
    size_t count;
    int64_t integer;
    bool is_integer;
    /// The tag of a one-byte integer of this value; a value that no byte has if there is none.
    uint16_t integer_tag;
    /// The tag of a short string of this length; likewise.
    uint16_t string_tag;
    /// The last min(8, count) bytes at the top of a word, and the mask that keeps them.
    uint64_t tail, tail_mask;
} needle;

enum { NO_TAG = 0x100 };

static inline needle make_needle(const uint8_t *bytes, size_t count) {
    needle n = {.bytes = bytes, .count = count, .integer_tag = NO_TAG, .string_tag = NO_TAG};
    n.is_integer = apus_parse_int64(bytes, count, &n.integer);
    if (n.is_integer && n.integer >= 0 && n.integer < 128) n.integer_tag = (uint16_t)n.integer;
    if (count < 64) n.string_tag = (uint16_t)(APUS_LISTPACK_STRING6 | count);
    size_t tail = count < 8 ? count : 8;
    if (tail) {
        memcpy((uint8_t *)&n.tail + 8 - tail, bytes + count - tail, tail);
        n.tail_mask = ~0ull << (64 - 8 * tail);
    }
    return n;
}

/// Compares a short string of the needle's length. The last bytes first: field names differ there. The word that ends
/// with the string may begin before it, but never before the block: a header of 6 bytes and a tag come first, and the
/// empty string's word is read one byte further, where its back-length is.
static inline bool short_string_equals(const uint8_t *string, const needle *n) {
    const uint8_t *end = string + n->count + (n->count == 0);
    if ((load64(end - 8) ^ n->tail) & n->tail_mask) return false;
    return n->count <= 8 || memcmp(string, n->bytes, n->count - 8) == 0;
}

/// Compares an entry of the 12-bit or 32-bit string form.
static inline bool long_string_equals(const uint8_t *entry, const needle *n) {
    bool is12 = *entry < APUS_LISTPACK_STRING32;
    size_t count = is12 ? string12_count(entry) : load32(entry + 1);
    return count == n->count && (count == 0 || memcmp(entry + (is12 ? 2 : 5), n->bytes, count) == 0);
}

bool apus_listpack_equals(
    const uint8_t *listpack, apus_listpack_position at, const uint8_t *bytes, size_t count) {
    apus_listpack_value value = apus_listpack_get(listpack, at);
    if (value.bytes) return (size_t)value.number == count && (count == 0 || memcmp(value.bytes, bytes, count) == 0);
    int64_t integer;
    return apus_parse_int64(bytes, count, &integer) && integer == value.number;
}

/// Integers are compared as integers and strings as bytes, whatever form they are stored in: a valid listpack from
/// elsewhere may use a longer encoding than needed.
static inline __attribute__((always_inline)) const uint8_t *find(
    const uint8_t *entry, const needle *n, uint32_t skip) {
    for (;;) {
        uint8_t tag = *entry;
        if (__builtin_expect(tag < APUS_LISTPACK_INT13, 1)) {
            if (tag == n->integer_tag) return entry;
            if (tag == n->string_tag && short_string_equals(entry + 1, n)) return entry;
            entry += apus_listpack_entry_bytes(entry);
        } else if (tag < APUS_LISTPACK_STRING12) {
            if (n->is_integer && short_integer(entry) == n->integer) return entry;
            entry += 3;
        } else if (is_wide_integer(tag)) {
            size_t width = integer_width(tag);
            if (n->is_integer && wide_integer(entry, width) == n->integer) return entry;
            entry += width + 2;
        } else {
            if (tag == APUS_LISTPACK_END) return NULL;
            if (long_string_equals(entry, n)) return entry;
            entry += apus_listpack_entry_bytes_slow(entry);
        }
        for (uint32_t passed = 0; passed < skip; passed++) {
            if (*entry == APUS_LISTPACK_END) return NULL;
            entry += apus_listpack_entry_bytes(entry);
        }
    }
}

apus_listpack_position apus_listpack_find(
    const uint8_t *listpack, apus_listpack_position from, const uint8_t *bytes, size_t count, uint32_t skip) {
    if (!from) return 0;
    const needle n = make_needle(bytes, count);
    const uint8_t *start = listpack + from;
    // The two common strides get loops of their own.
    const uint8_t *found = skip == 1 ? find(start, &n, 1) : skip == 0 ? find(start, &n, 0) : find(start, &n, skip);
    return found ? (apus_listpack_position)(found - listpack) : 0;
}

// MARK: Changing

apus_listpack_position apus_listpack_insert(uint8_t **listpack, apus_listpack_position at, apus_listpack_value value) {
    encoded e;
    if (!encode(&e, value)) return 0;
    uint8_t *gap = splice(listpack, at, 0, whole_bytes(&e), 0, 1);
    if (!gap) return 0;
    write_entry(gap, &e);
    return at;
}

apus_listpack_position apus_listpack_insert_many(
    uint8_t **listpack, apus_listpack_position at, const apus_listpack_value *values, size_t n) {
    // Encoding twice is cheaper than keeping n encoded values somewhere.
    encoded e;
    size_t inserted = 0;
    for (size_t i = 0; i < n; i++) {
        if (!encode(&e, values[i])) return 0;
        inserted += whole_bytes(&e);
        if (inserted > APUS_LISTPACK_BYTES_MAX) return 0;
    }
    uint8_t *p = splice(listpack, at, 0, inserted, 0, n);
    if (!p) return 0;
    for (size_t i = 0; i < n; i++) {
        encode(&e, values[i]);
        p = write_entry(p, &e);
    }
    return at;
}

bool apus_listpack_replace(uint8_t **listpack, apus_listpack_position at, apus_listpack_value value) {
    encoded e;
    if (!encode(&e, value)) return false;
    uint8_t *gap = splice(listpack, at, apus_listpack_entry_bytes(*listpack + at), whole_bytes(&e), 1, 1);
    if (gap) write_entry(gap, &e);
    return gap != NULL;
}

/// Passes over up to `n` entries from `entry` on; returns how many, and where that ends.
static inline size_t pass(const uint8_t *entry, size_t n, const uint8_t **end) {
    size_t passed = 0;
    while (passed < n && *entry != APUS_LISTPACK_END) entry += apus_listpack_entry_bytes(entry), passed++;
    *end = entry;
    return passed;
}

/// Deletes up to `n` entries from `at` on; returns how many.
static size_t delete_entries(uint8_t **listpack, apus_listpack_position at, size_t n) {
    const uint8_t *start = *listpack + at, *end;
    size_t removed = pass(start, n, &end);
    splice(listpack, at, (size_t)(end - start), 0, removed, 0);
    return removed;
}

apus_listpack_position apus_listpack_delete(uint8_t **listpack, apus_listpack_position at, size_t n) {
    delete_entries(listpack, at, n);
    return (*listpack)[at] == APUS_LISTPACK_END ? 0 : at;
}

size_t apus_listpack_delete_range(uint8_t **listpack, int64_t index, size_t n) {
    apus_listpack_position at = apus_listpack_seek(*listpack, index);
    return at && n ? delete_entries(listpack, at, n) : 0;
}

void apus_listpack_delete_many(
    uint8_t **listpack, const apus_listpack_position *positions, size_t n, uint32_t stride) {
    if (!n) return;
    uint8_t *base = *listpack;
    size_t total = apus_listpack_bytes(base), removed = 0;
    uint8_t *write = base + positions[0];
    for (size_t i = 0; i < n; i++) {
        // Close the gap up to the next run to be deleted, or to the terminator and over it.
        const uint8_t *kept;
        removed += pass(base + positions[i], stride, &kept);
        const uint8_t *kept_end = i + 1 < n ? base + positions[i + 1] : base + total;
        memmove(write, kept, (size_t)(kept_end - kept));
        write += kept_end - kept;
    }
    size_t new_total = (size_t)(write - base);
    resize(listpack, total, new_total);
    set_total(*listpack, new_total);
    change_count(*listpack, 0, removed);
}

bool apus_listpack_merge(uint8_t **first, uint8_t *second) {
    const size_t frame = APUS_LISTPACK_EMPTY_BYTES, header = APUS_LISTPACK_HEADER_BYTES;
    size_t first_bytes = apus_listpack_bytes(*first) - frame, second_bytes = apus_listpack_bytes(second) - frame;
    size_t first_count = apus_listpack_count(*first), second_count = apus_listpack_count(second);
    // The larger one grows, the smaller one is copied.
    if (first_bytes >= second_bytes) {
        uint8_t *gap = splice(first, header + first_bytes, 0, second_bytes, 0, second_count);
        if (!gap) return false;
        memcpy(gap, second + header, second_bytes);
        apus_listpack_free(second);
    } else {
        uint8_t *gap = splice(&second, header, 0, first_bytes, 0, first_count);
        if (!gap) return false;
        memcpy(gap, *first + header, first_bytes);
        apus_listpack_free(*first);
        *first = second;
    }
    return true;
}

// MARK: Random picks

/// A number below `bound` (at most 2^32), uniform but for an error of bound / 2^64: the high part of a product.
static inline uint64_t below(uint64_t random, uint64_t bound) {
    return (uint64_t)((unsigned __int128)random * bound >> 64);
}

apus_listpack_position apus_listpack_random(const uint8_t *listpack, uint32_t stride, uint64_t random) {
    size_t units = apus_listpack_count(listpack) / stride;
    return units ? apus_listpack_seek(listpack, (int64_t)(below(random, units) * stride)) : 0;
}

size_t apus_listpack_sample(
    const uint8_t *listpack, uint32_t stride, size_t n, uint64_t seed, apus_listpack_position *positions) {
    // Selection sampling: with k still to choose among m left, the next unit is chosen with probability k/m.
    size_t left = apus_listpack_count(listpack) / stride;
    if (n > left) n = left;
    const uint8_t *entry = listpack + APUS_LISTPACK_HEADER_BYTES;
    for (size_t chosen = 0; chosen < n; left--) {
        if (below(splitmix_next(&seed), left) < n - chosen)
            positions[chosen++] = (apus_listpack_position)(entry - listpack);
        pass(entry, stride, &entry);
    }
    return n;
}

// MARK: Untrusted bytes

size_t apus_listpack_validate_entry(const uint8_t *bytes, size_t total, size_t at) {
    if (at < APUS_LISTPACK_HEADER_BYTES || at >= total - 1) return 0;
    const size_t room = total - 1 - at;
    const uint8_t *entry = bytes + at;
    uint8_t tag = *entry;
    if (tag < APUS_LISTPACK_INT13) {
        size_t whole = apus_listpack_entry_bytes(entry);
        return whole <= room && entry[whole - 1] == whole - 1 ? whole : 0;
    }
    if (tag > APUS_LISTPACK_INT64) return 0;
    // The bytes that tell the length must be there before they are read.
    if (tag >= APUS_LISTPACK_STRING12 && room < (tag == APUS_LISTPACK_STRING32 ? 5 : 2)) return 0;
    size_t body = stored_body_bytes(entry), width = apus_listpack_backlength_bytes(body);
    if (body > room || width > room - body) return 0;
    uint8_t expected[5];
    write_backlength(expected, body);
    return memcmp(entry + body, expected, width) == 0 ? body + width : 0;
}

apus_listpack_fault apus_listpack_validate(const uint8_t *bytes, size_t count, bool deep, size_t *offset) {
    size_t nowhere, *at = offset ? offset : &nowhere;
    *at = 0;
    if (count < APUS_LISTPACK_EMPTY_BYTES || apus_listpack_bytes(bytes) != count) return APUS_LISTPACK_BAD_TOTAL;
    *at = count - 1;
    if (bytes[count - 1] != APUS_LISTPACK_END) return APUS_LISTPACK_BAD_END;
    if (!deep) return APUS_LISTPACK_VALID;
    size_t entries = 0;
    for (*at = APUS_LISTPACK_HEADER_BYTES; *at < count - 1; entries++) {
        size_t whole = apus_listpack_validate_entry(bytes, count, *at);
        if (!whole) return bytes[*at] == APUS_LISTPACK_END ? APUS_LISTPACK_BAD_END : APUS_LISTPACK_BAD_ENTRY;
        *at += whole;
    }
    uint16_t stored;
    memcpy(&stored, bytes + 4, 2);
    *at = 4;
    if (stored != APUS_LISTPACK_COUNT_UNKNOWN && stored != entries) return APUS_LISTPACK_BAD_COUNT;
    return APUS_LISTPACK_VALID;
}

// The hash table: from a 64-bit hash to pointers of items that someone else owns (keyspace entries, members, fields).
//
// It is not a map: it knows neither keys nor their comparison. A caller hashes a key, walks the candidates whose
// fingerprint matches and compares the key itself. It owns no item, and takes no lock (the shard's lock protects it).
//
// Invariant: an item is in exactly one bucket, the one that its hash's position names in the array that the position
// belongs to; and a bucket's chain has the one shape that its number of items and its history allow (see below).
//
// A bucket is one cache line of nine items:
//
//     byte  0       1 ............ 9  10 .......................................... 63
//          +------+-----------------+--------+--------+--------+-- ... --+--------+
//          | meta | 9 fingerprints  | ptr 0  | ptr 1  | ptr 2  |         | ptr 8  |
//          +------+-----------------+--------+--------+--------+-- ... --+--------+
//            1              9           6        6        6                 6         = 64
//
//     meta: bits 0-3 the number of items, which fill the slots from 0 without holes; bit 7: the last pointer is a link
//     to a child. A fingerprint is the hash's low byte; any value is legal. A pointer is 48 bits, little-endian, and is
//     read with one 8-byte load that begins two bytes early, so that no load ever leaves the node.
//
// The tenth item of a bucket makes a child of 32 bytes with room for four; its last pointer may again be a link:
//
//     byte  0       1 ... 4   5 .. 7   8 ............................ 31
//          +------+---------+--------+-------+-------+-------+-------+
//          | meta | 4 fing. | spare  | ptr 0 | ptr 1 | ptr 2 | ptr 3 |
//          +------+---------+--------+-------+-------+-------+-------+
//
//     bucket (8 items + link) -> first child (1..3 items + link) -> full (3 + link) -> ... -> full (4 items)
//     bucket (8 items + link) -> only child (2..4 items)
//
//     Items come and go at the first child, so insertion and removal cost the same at any length of chain.
//     n > 9 items need ceil((n - 9) / 3) children.
//
// Bytes per item. Counts per bucket are Poisson with mean L, so a bucket costs 64 + 32 * E[children] bytes:
//
//     L (items per bucket)    4.5      5    5.5      6    6.5      7    7.5      8      9
//     with a child, %         1.7    3.2    5.4    8.4   12.3   17.0   22.4   28.3   41.3
//     items in children, %    1.0    1.7    2.7    4.1    5.8    7.7   10.0   12.4   17.8
//     bytes per item         14.3   13.0   12.0   11.2   10.5   10.1    9.7    9.4    9.1
//
//     A table grows by 1.4 when it passes 7 items per bucket, so it lives between 5 and 7: 13 to 10.1 bytes, 11.3 on
//     average; up to 23 for the short time of a resize, when both arrays exist (6 % as many writes as there are items).
//     Filling buckets to 9 would save 1.5 bytes, but a look-up that ends in a child costs 70 ns more when it is cold,
//     prefetched or not: among a million keys the look-ups of a batch took 20 ns each at 8.7 items per bucket, 10 at
//     6.1. Growing less at a time saves half a byte and doubles the work of moving. Arrays have 5 * 2^k or 7 * 2^k
//     buckets (1, 2, 3 when tiny): size classes of the allocator, hence without waste, multiples of 64 and laid out at
//     multiples of 64.
//
// The hash's bits, used disjointly: `shift` bits from the top have chosen the shard; the next 32 are the position; the
// low 8 the fingerprint. The bucket is (position * buckets) >> 32: any number of buckets works and the order of the
// buckets is the order of the positions, whatever their number. So a scan's cursor is a position, and so is the
// frontier of a resize: positions below it live in the new array, the others still in the old one.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pointers are cut out of little-endian words");
_Static_assert(sizeof(void *) == 8, "pointers are 48 significant bits of 64");

enum {
    APUS_BUCKET_BYTES = 64, // one cache line
    APUS_BUCKET_SLOTS = 9,  // 1 + 9 * (1 + 6) = 64
    APUS_CHILD_BYTES = 32,
    APUS_CHILD_SLOTS = 4,
    APUS_TABLE_SHIFT_MAX = 24, // beyond, the position would reach into the fingerprint's bits
};

/// The position after the last one: where a scan ends.
static const uint64_t APUS_TABLE_END = (uint64_t)1 << 32;

/// The hash of an item, recomputed from its key when the table resizes.
typedef uint64_t (*apus_hash_of)(const void *_Nonnull item);

/// A table, embedded by value and moved by copying (the old copy is then dead). Its fields are the table's own.
/// All zero is not valid: `apus_table_init` comes first (pointers are nullable only so that Swift has a value to pass).
typedef struct {
    uint8_t *_Nullable buckets; // the array; the new one during a resize
    uint8_t *_Nullable source;  // the old array during a resize, else NULL
    uint32_t bucket_count;      // 0: nothing allocated, `buckets` is the shared vacant bucket
    uint32_t source_count;
    uint64_t frontier;          // positions below are in `buckets`, others in `source`; APUS_TABLE_END at rest
    uint64_t count;             // items
    uint64_t child_count;
    uint32_t moved;             // buckets of `source` that are moved: the frontier as a number of buckets
    uint8_t shift;
    apus_hash_of _Nullable hash_of;
} apus_table;
_Static_assert(sizeof(apus_table) == 64, "a table is one cache line");

/// A growable list of items, the result of a scan. All zero is empty and valid; `apus_items_release` frees it.
typedef struct {
    void *_Nonnull *_Nullable items;
    size_t count;
    size_t capacity;
} apus_items;

/// The candidates of one hash, in no order. Any change of the table other than through the probe itself spends it.
typedef struct {
    uint8_t *_Nonnull root;
    uint8_t *_Nonnull node;
    uint32_t matches; // slots of `node` yet to be returned, one bit each
    uint8_t fingerprint;
    uint8_t meta; // of `node`
    uint8_t slot; // of the candidate last returned
} apus_probe;

// MARK: Lifetime

/// An empty table; allocates nothing. `shift`: the hash's top bits that all items share, at most APUS_TABLE_SHIFT_MAX.
void apus_table_init(apus_table *_Nonnull table, uint8_t shift, apus_hash_of _Nonnull hash_of);

/// Frees the arrays and children, not the items; leaves an empty table. O(buckets) while it has children, else O(1).
void apus_table_destroy(apus_table *_Nonnull table);

/// Makes room for `count` items in all, ahead of inserting them. At once if empty, else begins an incremental resize.
/// A removal may shrink a table which is far emptier than it was reserved for.
void apus_table_reserve(apus_table *_Nonnull table, uint64_t count);

static inline uint64_t apus_table_count(const apus_table *_Nonnull table) { return table->count; }

/// The bytes that arrays and children occupy, by the allocator's size classes (not the struct itself). O(1).
size_t apus_table_bytes(const apus_table *_Nonnull table);

/// Whether two arrays exist, so that `apus_table_step` has something to do.
static inline bool apus_table_is_resizing(const apus_table *_Nonnull table) { return table->source != NULL; }

/// Moves up to `buckets` buckets of a pending resize, for idle time (each write does a little by itself).
/// Returns whether more is left to move.
bool apus_table_step(apus_table *_Nonnull table, size_t buckets);

// MARK: Changes. Each also does a small part of a pending resize.

/// Adds an item that the caller knows to be absent. O(1).
void apus_table_insert(apus_table *_Nonnull table, uint64_t hash, void *_Nonnull item);

/// Takes out this very item; false if it is not there. O(1).
bool apus_table_remove(apus_table *_Nonnull table, uint64_t hash, const void *_Nonnull item);

/// Puts an item with the same hash in the place of this very one; false if that is not there. It reads neither. O(1).
bool apus_table_replace(
    apus_table *_Nonnull table, uint64_t hash, const void *_Nonnull item, void *_Nonnull replacement);

/// Takes out the candidate that the probe returned last, without searching again, and spends the probe. O(1). It does
/// not read the item, which may thus be freed before or afterwards.
void apus_probe_remove(apus_table *_Nonnull table, const apus_probe *_Nonnull probe);

// MARK: Many items

/// Appends to `out` the items of whole buckets from `position` on, until `items_wanted` are appended, `buckets_max`
/// buckets are visited, or the end is reached. Returns where to go on; APUS_TABLE_END when all is done. Begins at 0.
/// An item present during a whole scan is returned at least once, whatever resizes happen between the calls; it may be
/// returned again only if the table resized. The items are prefetched.
uint64_t apus_table_scan(
    const apus_table *_Nonnull table, uint64_t position, size_t buckets_max, size_t items_wanted,
    apus_items *_Nonnull out);

/// Like a scan, but takes the items out of the table: frees a detached table in slices. The table stays valid, does not
/// shrink, and `apus_table_destroy` is O(1) once all is drained.
uint64_t apus_table_drain(
    apus_table *_Nonnull table, uint64_t position, size_t buckets_max, apus_items *_Nonnull out);

/// A uniformly random item, NULL if the table is empty. `state` is 64 random bits and is advanced.
void *_Nullable apus_table_random(const apus_table *_Nonnull table, uint64_t *_Nonnull state);

/// Fills `items` with up to `n` different items from neighbouring buckets at a random place: cheap, for eviction.
/// Returns how many; at least one if the table has any.
size_t apus_table_sample(
    const apus_table *_Nonnull table, uint64_t random, void *_Nullable *_Nonnull items, size_t n);

/// Frees the list's memory (not the items) and leaves it empty.
void apus_items_release(apus_items *_Nonnull items);

/// Checks everything there is to check, in O(items): every item in its bucket with its fingerprint, the counts, every
/// chain's shape, the frontier. For tests.
bool apus_table_invariants(const apus_table *_Nonnull table);

// MARK: Nodes (buckets and children): the layout, known to these functions only

enum {
    APUS_NODE_COUNT_MASK = 0x0f,
    APUS_NODE_LINK = 0x80,
    // Where the 8-byte word that ends with a slot's pointer begins.
    APUS_BUCKET_ORIGIN = 10 - 2,
    APUS_CHILD_ORIGIN = 8 - 2,
};

static inline void *_Nonnull apus_word_pointer(const uint8_t *_Nonnull word_bytes) {
    uint64_t word;
    memcpy(&word, word_bytes, sizeof word);
    return (void *)(uintptr_t)(word >> 16);
}

static inline void apus_word_set_pointer(uint8_t *_Nonnull word_bytes, const void *_Nonnull pointer) {
    uint64_t word; // one 8-byte store, so that a following load is forwarded from it
    memcpy(&word, word_bytes, sizeof word);
    word = (word & 0xffff) | (uint64_t)(uintptr_t)pointer << 16;
    memcpy(word_bytes, &word, sizeof word);
}

static inline uint8_t *_Nonnull apus_node_word(uint8_t *_Nonnull node, bool is_child, unsigned slot) {
    return node + (is_child ? APUS_CHILD_ORIGIN : APUS_BUCKET_ORIGIN) + 6 * slot;
}

/// The child that the node links to; only if it has the flag. The link takes the last slot's place.
static inline uint8_t *_Nonnull apus_node_link(uint8_t *_Nonnull node, bool is_child) {
    return (uint8_t *)apus_word_pointer(node + (is_child ? APUS_CHILD_BYTES : APUS_BUCKET_BYTES) - 8);
}

/// The node's slots whose fingerprint is this one, one bit each. `meta` is the node's first byte: callers read it once
/// and keep it, else the compiler digs it out of the vector by way of the stack.
static inline uint32_t apus_node_matches(const uint8_t *_Nonnull node, uint8_t meta, uint8_t fingerprint) {
    uint32_t used = (1u << (meta & APUS_NODE_COUNT_MASK)) - 1;
#if defined(__SSE2__)
    __m128i line = _mm_loadu_si128((const __m128i *)(const void *)node);
    __m128i equal = _mm_cmpeq_epi8(line, _mm_set1_epi8((char)fingerprint));
    return ((uint32_t)_mm_movemask_epi8(equal) >> 1) & used;
#else
    uint32_t equal = 0; // a child's fifth byte and beyond are not fingerprints; `used` masks them
    for (unsigned slot = 0; slot < APUS_BUCKET_SLOTS; slot++)
        equal |= (uint32_t)(node[1 + slot] == fingerprint) << slot;
    return equal & used;
#endif
}

// MARK: Look-up

// Where a bucket is may be asked, for a prefetch, while another thread changes the table. The thread sanitizer need not
// know.
#define APUS_MAY_RACE __attribute__((no_sanitize("thread")))

APUS_MAY_RACE static inline uint32_t apus_table_position(const apus_table *_Nonnull table, uint64_t hash) {
    return (uint32_t)(hash << table->shift >> 32);
}

/// The number of the bucket that a position names in an array of so many.
APUS_MAY_RACE static inline uint64_t apus_bucket_index(uint32_t position, uint64_t bucket_count) {
    return position * bucket_count >> 32;
}

/// The first position of a bucket: the smallest p with apus_bucket_index(p, bucket_count) == index.
static inline uint64_t apus_bucket_first_position(uint64_t index, uint64_t bucket_count) {
    return ((index << 32) + bucket_count - 1) / bucket_count;
}

/// The bucket that a position names. Both arrays' fields share the table's line, so the choice is two moves, no branch.
APUS_MAY_RACE static inline uint8_t *_Nonnull apus_table_bucket(const apus_table *_Nonnull table, uint32_t position) {
    bool is_settled = position < table->frontier;
    uint8_t *base = is_settled ? table->buckets : table->source;
    uint64_t count = is_settled ? table->bucket_count : table->source_count;
    return base + apus_bucket_index(position, count) * APUS_BUCKET_BYTES;
}

/// Asks for the line of a position's bucket.
static inline void apus_table_prefetch_position(const apus_table *_Nonnull table, uint32_t position) {
    __builtin_prefetch(apus_table_bucket(table, position));
}

/// Stage 1 of a batch: asks for the bucket's line. Any thread, at any time: if the table changes meanwhile, the hint is
/// wasted.
static inline void apus_table_prefetch(const apus_table *_Nonnull table, uint64_t hash) {
    apus_table_prefetch_position(table, apus_table_position(table, hash));
}

/// Begins a walk over the items whose hash may be this one.
static inline apus_probe apus_table_probe(const apus_table *_Nonnull table, uint64_t hash) {
    uint8_t *root = apus_table_bucket(table, apus_table_position(table, hash));
    uint8_t fingerprint = (uint8_t)hash, meta = root[0];
    apus_probe probe = {root, root, apus_node_matches(root, meta, fingerprint), fingerprint, meta, 0};
    return probe;
}

/// The next candidate, NULL when there is none. One in 256 of the items passed by is a false candidate.
static inline void *_Nullable apus_probe_next(apus_probe *_Nonnull probe) {
    while (__builtin_expect(probe->matches == 0, 0)) {
        if (!(probe->meta & APUS_NODE_LINK)) return NULL;
        probe->node = apus_node_link(probe->node, probe->node != probe->root);
        probe->meta = probe->node[0];
        probe->matches = apus_node_matches(probe->node, probe->meta, probe->fingerprint);
    }
    probe->slot = (uint8_t)__builtin_ctz(probe->matches);
    probe->matches &= probe->matches - 1;
    return apus_word_pointer(apus_node_word(probe->node, probe->node != probe->root, probe->slot));
}

/// The item of a node's first match, NULL if there is none. Its first line is asked for, and so are the others',
/// since one item in forty shares its fingerprint with one before it.
static inline void *_Nullable apus_node_prefetch_matches(uint8_t *_Nonnull node, bool is_child, uint32_t matches) {
    if (!matches) return NULL;
    void *first = apus_word_pointer(apus_node_word(node, is_child, (unsigned)__builtin_ctz(matches)));
    __builtin_prefetch(first);
    while (__builtin_expect((matches &= matches - 1) != 0, 0))
        __builtin_prefetch(apus_word_pointer(apus_node_word(node, is_child, (unsigned)__builtin_ctz(matches))));
    return first;
}

/// Stage 2 of a batch, once the bucket's line is here: asks for the first line of the most likely item and returns it,
/// not compared. NULL if the bucket's own line has no candidate; a child's line is then asked for, where there is one.
static inline void *_Nullable apus_table_prefetch_item(const apus_table *_Nonnull table, uint64_t hash) {
    uint8_t *root = apus_table_bucket(table, apus_table_position(table, hash));
    uint8_t meta = root[0];
    void *item = apus_node_prefetch_matches(root, false, apus_node_matches(root, meta, (uint8_t)hash));
    if (!item && meta & APUS_NODE_LINK) __builtin_prefetch(apus_node_link(root, false));
    return item;
}

/// Whether stage 3 is due for a hash for which stage 2 has found nothing.
static inline bool apus_table_has_child(const apus_table *_Nonnull table, uint64_t hash) {
    return (apus_table_bucket(table, apus_table_position(table, hash))[0] & APUS_NODE_LINK) != 0;
}

/// Stage 3, for the tenth of the items that live in children, once the child's line is here: the same for the child of
/// a bucket. NULL if there is none, or it has no candidate.
static inline void *_Nullable apus_table_prefetch_child_item(const apus_table *_Nonnull table, uint64_t hash) {
    uint8_t *root = apus_table_bucket(table, apus_table_position(table, hash));
    if (!(root[0] & APUS_NODE_LINK)) return NULL;
    uint8_t *child = apus_node_link(root, false);
    return apus_node_prefetch_matches(child, true, apus_node_matches(child, child[0], (uint8_t)hash));
}

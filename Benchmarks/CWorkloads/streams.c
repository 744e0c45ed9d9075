// Streams as chains of listpacks, limited by entries (25 to 400) or by bytes (1 to 16 KiB): what a node's size costs.
// A server has both limits; here one is measured at a time.
//
// Insert appends, delete trims the oldest entry, lookup reads a random one, range reads from a random one on. A node is
// found by binary search over the nodes' first numbers, which stands for the radix tree over IDs. Trimming takes the
// entry out of its listpack; the reference flags it, and drops a node when all of its entries are.
//
//   node: | count | deleted | 1 | field | 0 |   then per entry:   | flags | time delta | sequence | value | 4 |
#include "allocator.h"
#include "listpack.h"
#include "subject.h"

enum {
    ELEMENTS_MAX = 1 << 20,
    /// Listpack entries of the node's head and of each stream entry.
    UNIT = 5,
    /// A subject's parameter is a number of bytes from here on, else of entries.
    NODE_BYTES_MIN = 1024,
    NODES_MIN = 4,
    FIELD_BYTES = 5,
};
#define FIELD "field"

typedef struct stream_node {
    uint64_t first;  ///< number of its first entry, at its birth
    uint8_t *listpack;
    uint32_t count;
    uint32_t trimmed;
} stream_node;

/// Nodes [begin, end) of an array.
typedef struct stream {
    stream_node *nodes;
    uint32_t begin, end, capacity;
    uint64_t first, next;  ///< entries [first, next) are there
} stream;

static void *stream_create(const bench_subject *self) {
    (void)self;
    stream *log = apus_allocate_zeroed(sizeof *log);
    log->capacity = NODES_MIN;
    log->nodes = apus_allocate(NODES_MIN * sizeof *log->nodes);
    return log;
}

static void stream_destroy(const bench_subject *self, void *collection) {
    (void)self;
    stream *log = collection;
    for (uint32_t i = log->begin; i < log->end; i++) apus_listpack_free(log->nodes[i].listpack);
    apus_free(log->nodes, log->capacity * sizeof *log->nodes);
    apus_free(log, sizeof *log);
}

static void stream_make_room(stream *log) {
    if (log->end < log->capacity) return;
    if (log->begin >= log->capacity / 2) {
        log->end -= log->begin;
        memmove(log->nodes, log->nodes + log->begin, log->end * sizeof *log->nodes);
        log->begin = 0;
    } else {
        size_t bytes = log->capacity * sizeof *log->nodes;
        log->nodes = apus_resize(log->nodes, bytes, 2 * bytes);
        log->capacity *= 2;
    }
}

/// A radix tree has no array to be doubled: that is no insertion's cost.
static void stream_settle(void *collection) { stream_make_room(collection); }

static stream_node *stream_grow(stream *log) {
    stream_make_room(log);
    stream_node *node = log->nodes + log->end++;
    *node = (stream_node){.first = log->next, .listpack = apus_listpack_new()};
    apus_listpack_value head[UNIT] = {
        apus_listpack_integer(0), apus_listpack_integer(0), apus_listpack_integer(1),
        apus_listpack_string((const uint8_t *)FIELD, FIELD_BYTES), apus_listpack_integer(0),
    };
    apus_listpack_insert_many(&node->listpack, apus_listpack_end(node->listpack), head, UNIT);
    return node;
}

/// Whether the node has no room for this value, by the one limit that the subject has: of bytes, the reference counts
/// those of the listpack and of the new entry's fields and values, without what encodes them.
static inline bool stream_is_full(const bench_subject *self, const stream_node *node, const bench_element *element) {
    if (self->parameter >= NODE_BYTES_MIN)
        return apus_listpack_bytes(node->listpack) + FIELD_BYTES + element->count >= self->parameter;
    return node->count + node->trimmed >= self->parameter;
}

static inline uint64_t stream_append(const bench_subject *self, void **slot, const bench_element *element) {
    stream *log = *slot;
    stream_node *node = log->begin < log->end ? log->nodes + log->end - 1 : NULL;
    if (!node || stream_is_full(self, node, element)) node = stream_grow(log);
    apus_listpack_value entry[UNIT] = {
        apus_listpack_integer(2), apus_listpack_integer((int64_t)(log->next - node->first) * 3),
        apus_listpack_integer(0), apus_listpack_string(element->bytes, element->count), apus_listpack_integer(4),
    };
    apus_listpack_insert_many(&node->listpack, apus_listpack_end(node->listpack), entry, UNIT);
    node->count++;
    return log->next++ != 0;
}

static inline apus_listpack_position stream_step(const uint8_t *listpack, apus_listpack_position at) {
    for (int i = 0; i < UNIT && at; i++) at = apus_listpack_next(listpack, at);
    return at;
}

static inline uint64_t stream_trim(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self, (void)element;
    stream *log = *slot;
    stream_node *node = log->nodes + log->begin;
    log->first++;
    if (--node->count == 0) {
        apus_listpack_free(node->listpack);
        log->begin++;
        return 1;
    }
    node->trimmed++;
    apus_listpack_delete(
        &node->listpack, stream_step(node->listpack, apus_listpack_first(node->listpack)), UNIT);
    return 1;
}

/// Reads up to `count` entries from the one of this number on.
static inline uint64_t stream_walk(const stream *log, uint64_t number, uint64_t count) {
    uint32_t low = log->begin, high = log->end;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (log->nodes[middle].first <= number) low = middle;
        else high = middle;
    }
    uint64_t sum = 0;
    for (; low < log->end; low++) {
        const stream_node *node = log->nodes + low;
        const uint8_t *listpack = node->listpack;
        apus_listpack_position at = stream_step(listpack, apus_listpack_first(listpack));
        for (; at; at = stream_step(listpack, at)) {
            apus_listpack_position delta = apus_listpack_next(listpack, at);
            if (node->first + (uint64_t)apus_listpack_get(listpack, delta).number / 3 < number) continue;
            apus_listpack_position value = apus_listpack_next(listpack, apus_listpack_next(listpack, delta));
            apus_listpack_value read = apus_listpack_get(listpack, value);
            sum += bench_touch(read.bytes, (size_t)read.number);
            if (--count == 0) return sum;
        }
    }
    return sum;
}

static inline uint64_t any_entry(const stream *log, const bench_element *element) {
    return log->first + bench_any_index(log->next - log->first, element);
}

static inline uint64_t stream_lookup(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return stream_walk(*slot, any_entry(*slot, element), 1);
}

static inline uint64_t stream_range(const bench_subject *self, void **slot, const bench_element *element) {
    (void)self;
    return stream_walk(*slot, any_entry(*slot, element), BENCH_RANGE_ELEMENTS);
}

static inline uint64_t stream_iterate(const bench_subject *self, void **slot) {
    (void)self;
    return stream_walk(*slot, 0, UINT64_MAX);
}

static uint32_t stream_node_elements(const bench_subject *self, uint32_t element_bytes) {
    return self->parameter >= NODE_BYTES_MIN ? self->parameter / element_bytes : self->parameter;
}

#define STREAM(limit, label)                                                                                  \
    BENCH_LOOP(stream_##limit)                                                                                \
    static const bench_subject stream_##limit = {                                                             \
        .name = label, .elements_max = ELEMENTS_MAX, .parameter = limit,                                      \
        .create = stream_create, .destroy = stream_destroy, .settle = stream_settle,                          \
        .insert = stream_append, .remove = stream_trim,                                                       \
        .lookup = stream_lookup, .range = stream_range, .iterate = stream_iterate,                            \
        .node_elements = stream_node_elements, .run = stream_##limit##_run,                                   \
    };
STREAM(25, "25 entries")
STREAM(50, "50 entries")
STREAM(100, "100 entries")
STREAM(200, "200 entries")
STREAM(400, "400 entries")
STREAM(1024, "1 KiB")
STREAM(2048, "2 KiB")
STREAM(4096, "4 KiB")
STREAM(8192, "8 KiB")
STREAM(16384, "16 KiB")
const bench_subject *const bench_streams[5] = {&stream_100, &stream_25, &stream_50, &stream_200, &stream_400};
const bench_subject *const bench_byte_streams[5] = {
    &stream_4096, &stream_1024, &stream_2048, &stream_8192, &stream_16384,
};

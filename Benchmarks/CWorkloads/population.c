// Collections of one kind and size, filled and then measured. Contract: workloads.h.
#include "allocator.h"
#include "integers.h"
#include "subject.h"
#include <string.h>

struct bench_population {
    const bench_subject *subject;
    bench_kind kind;
    uint32_t collections, elements, element_bytes, value_bytes;
    void **slots;
    uint32_t *order;  // a random permutation of all elements
    uint32_t cursor;  // into it
    bench_query *queries;
    uint8_t *slab;  // the queries' bytes, in the queries' order
    uint32_t prepared;
};

enum { SCORE_BITS = 30 };  // integers, few of them equal
static const double SCORE_SPAN = 1 << SCORE_BITS;

static uint64_t mix(uint64_t value) {  // splitmix64's finalizer, a bijection
    value += 0x9E3779B97F4A7C15;
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
    value = (value ^ value >> 27) * 0x94D049BB133111EB;
    return value ^ value >> 31;
}

/// Random letters, the last five of which spell the index; or a number's text. Returns the count.
static uint32_t spell(const bench_population *population, uint32_t index, uint8_t *out) {
    if (population->kind == BENCH_INTEGER_SET)
        return (uint32_t)apus_format_int64((int32_t)(index * 2654435761u), out);  // odd, hence a bijection
    uint32_t count = population->element_bytes, prefix = count - BENCH_ELEMENT_BYTES_MIN;
    uint64_t bits = 0;
    for (uint32_t i = 0; i < prefix; i++) {
        if (i % 12 == 0) bits = mix((uint64_t)index << 8 | i);
        out[i] = (uint8_t)('a' + bits % 26), bits /= 26;
    }
    for (uint32_t i = prefix; i < count; i++) out[i] = (uint8_t)('a' + index % 26), index /= 26;
    return count;
}

/// Where an element's value begins, after its bytes.
static size_t value_offset(const bench_population *population) {
    return population->element_bytes > APUS_INT64_TEXT_MAX ? population->element_bytes : APUS_INT64_TEXT_MAX;
}

/// The room for an element's texts.
static size_t text_room(const bench_population *population) {
    return value_offset(population) + population->value_bytes;
}

/// A query for the element of this index, with its bytes at `text`.
static bench_query query_of(const bench_population *population, uint32_t index, uint8_t *text) {
    uint32_t count = spell(population, index, text);
    uint8_t *value = text + value_offset(population);
    for (uint32_t i = 0; i < population->value_bytes; i++) value[i] = text[count - 1 - i % count];
    uint64_t bits = mix(~(uint64_t)index);
    double score = (double)(bits >> (64 - SCORE_BITS));
    return (bench_query){
        .collection = index / population->elements,
        .element = {
            .bytes = text, .value = value, .count = count, .value_count = population->value_bytes,
            .score = score, .score_end = score + SCORE_SPAN / population->elements * BENCH_RANGE_ELEMENTS,
            .random = mix(bits),
        },
    };
}

static void population_shuffle(bench_population *population, uint32_t total, uint64_t seed) {
    for (uint32_t i = total; i > 1; i--) {
        uint32_t j = (uint32_t)(mix(seed + i) % i), taken = population->order[i - 1];
        population->order[i - 1] = population->order[j];
        population->order[j] = taken;
    }
}

static void population_open(bench_population *population) {
    population->slots = apus_allocate(population->collections * sizeof *population->slots);
    for (uint32_t i = 0; i < population->collections; i++)
        population->slots[i] = population->subject->create(population->subject);
}

static void population_close(bench_population *population) {
    for (uint32_t i = 0; i < population->collections; i++)
        population->subject->destroy(population->subject, population->slots[i]);
    apus_free(population->slots, population->collections * sizeof *population->slots);
}

/// Adds the element of this index; `text` is room for it.
static void population_add(bench_population *population, uint32_t index, uint8_t *text) {
    bench_query query = query_of(population, index, text);
    population->subject->insert(population->subject, population->slots + query.collection, &query.element);
}

static void population_settle(bench_population *population) {
    if (!population->subject->settle) return;
    for (uint32_t i = 0; i < population->collections; i++) population->subject->settle(population->slots[i]);
}

bench_population *bench_population_create(
    const bench_subject *subject, bench_kind kind, uint32_t collections, uint32_t elements, uint32_t element_bytes,
    uint32_t value_bytes) {
    bench_population *population = apus_allocate_zeroed(sizeof *population);
    *population = (bench_population){
        .subject = subject, .kind = kind, .collections = collections, .elements = elements,
        .element_bytes = element_bytes, .value_bytes = value_bytes,
    };
    uint32_t total = collections * elements;
    population->order = apus_allocate(total * sizeof *population->order);
    for (uint32_t i = 0; i < total; i++) population->order[i] = i;
    population_shuffle(population, total, 0);
    uint8_t *text = apus_allocate(text_room(population));
    population_open(population);
    // In random order over all collections, as a server sees them grow: no collection lies in one piece.
    for (uint32_t i = 0; i < total; i++) population_add(population, population->order[i], text);
    population_settle(population);
    apus_free(text, text_room(population));
    // Queries come in another order than the elements came, which is the order they lie in.
    population_shuffle(population, total, total);
    return population;
}

static void population_forget(bench_population *population) {
    if (!population->prepared) return;
    apus_free(population->queries, population->prepared * sizeof *population->queries);
    apus_free(population->slab, population->prepared * text_room(population));
    population->prepared = 0;
}

void bench_population_free(bench_population *population) {
    population_forget(population);
    population_close(population);
    apus_free(population->order, (size_t)population->collections * population->elements * sizeof *population->order);
    apus_free(population, sizeof *population);
}

void bench_footprints(
    const bench_subject *subject, bench_kind kind, uint32_t collections, const uint32_t *counts, uint32_t n,
    uint32_t element_bytes, uint32_t value_bytes, uint64_t *bytes) {
    bench_population population = {
        .subject = subject, .kind = kind, .collections = collections, .elements = counts[n - 1],
        .element_bytes = element_bytes, .value_bytes = value_bytes,
    };
    uint8_t *text = apus_allocate(text_room(&population));
    int64_t before = apus_thread_memory();
    population_open(&population);
    for (uint32_t i = 0, step = 0; step < n; step++) {
        for (; i < counts[step]; i++)
            for (uint32_t j = 0; j < collections; j++) population_add(&population, j * population.elements + i, text);
        population_settle(&population);
        bytes[step] = (uint64_t)(apus_thread_memory() - before) - collections * sizeof *population.slots;
    }
    population_close(&population);
    apus_free(text, text_room(&population));
}

void bench_population_prepare(bench_population *population, uint32_t count) {
    population_forget(population);
    uint32_t total = population->collections * population->elements;
    if (count > total) count = total;
    population->queries = apus_allocate(count * sizeof *population->queries);
    population->slab = apus_allocate(count * text_room(population));
    population->prepared = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = population->order[population->cursor];
        population->queries[i] = query_of(population, index, population->slab + i * text_room(population));
        if (++population->cursor == total) population->cursor = 0;
    }
}

uint64_t bench_population_run(bench_population *population, bench_operation operation, uint64_t *checksum) {
    uint32_t per = population->elements;
    bench_batch batch = {
        .queries = population->queries, .count = population->prepared, .per_collection = per,
        .collections = population->collections,
        .first_collection = population->queries[0].collection, .slots = population->slots,
    };
    *checksum += population->subject->run(operation, &batch);
    if (operation != BENCH_ITERATE) return batch.count;
    return (uint64_t)(batch.count + per - 1) / per * per;
}

void bench_chill(void) {
    // Twice the largest second-level cache of today's servers, a fraction of the third level.
    enum { CHILL_BYTES = 4 << 20, LINE_BYTES = 64 };
    static volatile uint8_t elsewhere[CHILL_BYTES];
    for (size_t i = 0; i < CHILL_BYTES; i += LINE_BYTES) elsewhere[i]++;
}

const char *bench_subject_name(const bench_subject *subject) { return subject->name; }

uint32_t bench_subject_elements_max(const bench_subject *subject) { return subject->elements_max; }

uint32_t bench_subject_node_elements(const bench_subject *subject, uint32_t element_bytes) {
    return subject->node_elements ? subject->node_elements(subject, element_bytes) : 0;
}

bool bench_subject_supports(const bench_subject *subject, bench_operation operation) {
    switch (operation) {
    case BENCH_RANK: return subject->rank != NULL;
    case BENCH_RANGE: return subject->range != NULL;
    case BENCH_RANGE_BY_SCORE: return subject->range_by_score != NULL;
    case BENCH_RANDOM: return subject->random != NULL;
    default: return operation < BENCH_OPERATIONS;
    }
}

const bench_subject *bench_subject_of(bench_kind kind, uint32_t index) {
    enum { SUBJECTS_MAX = 5 };
    const bench_subject *const subjects[BENCH_KINDS][SUBJECTS_MAX] = {
        [BENCH_HASH] = {bench_packed_hash, bench_table_hash},
        [BENCH_SET] = {bench_packed_set, bench_table_set},
        [BENCH_INTEGER_SET] = {bench_intset, bench_packed_set, bench_table_set},
        [BENCH_SORTED_SET] = {bench_packed_sorted_set, bench_block_sorted_set, bench_classic_sorted_set},
        [BENCH_LIST] = {bench_lists[0], bench_lists[1], bench_lists[2], bench_lists[3], bench_lists[4]},
        [BENCH_STREAM] = {bench_streams[0], bench_streams[1], bench_streams[2], bench_streams[3], bench_streams[4]},
        [BENCH_STREAM_BYTES] = {
            bench_byte_streams[0], bench_byte_streams[1], bench_byte_streams[2], bench_byte_streams[3],
            bench_byte_streams[4],
        },
    };
    return kind < BENCH_KINDS && index < SUBJECTS_MAX ? subjects[kind][index] : NULL;
}

// One encoding as a table of small functions, and the loop that runs a batch over it.
//
// Contract: the loop is inlined where the table is a constant, so each subject gets a loop of its own with its
// functions inlined and no indirect call. `slot` is the address of the collection's pointer, because changes may move
// it.
#pragma once
#include "workloads.h"

/// One element, as a request would name it: views into the batch.
typedef struct bench_element {
    const uint8_t *_Nonnull bytes;   ///< member or field; the decimal text of `number` in a set of integers
    const uint8_t *_Nonnull value;   ///< the field's value
    uint32_t count;
    uint32_t value_count;
    int64_t number;
    double score;
    double score_end;  ///< about BENCH_RANGE_ELEMENTS of the collection lie from `score` up to here
    uint64_t random;
} bench_element;

typedef struct bench_query {
    uint32_t collection;
    bench_element element;
} bench_query;

typedef struct bench_batch {
    const bench_query *_Nonnull queries;
    uint32_t count;
    uint32_t per_collection;
    uint32_t collections;
    /// Where the next iteration begins.
    uint32_t first_collection;
    void *_Nullable *_Nonnull slots;
} bench_batch;

typedef uint64_t bench_with_element(
    const bench_subject *_Nonnull self, void *_Nullable *_Nonnull slot, const bench_element *_Nonnull element);

struct bench_subject {
    const char *_Nonnull name;
    uint32_t elements_max;
    uint32_t parameter;
    void *_Nonnull (*_Nonnull create)(const bench_subject *_Nonnull self);
    void (*_Nonnull destroy)(const bench_subject *_Nonnull self, void *_Nonnull collection);
    /// Ends what insertions left to be done bit by bit: a server has done it by the time that it is asked.
    void (*_Nullable settle)(void *_Nonnull collection);
    bench_with_element *_Nonnull insert;
    bench_with_element *_Nonnull remove;
    bench_with_element *_Nonnull lookup;
    bench_with_element *_Nullable rank;
    bench_with_element *_Nullable range;
    bench_with_element *_Nullable range_by_score;
    bench_with_element *_Nullable random;
    uint64_t (*_Nonnull iterate)(const bench_subject *_Nonnull self, void *_Nullable *_Nonnull slot);
    /// Of encodings that are chains of nodes: elements of this size that a node takes, or a few more.
    uint32_t (*_Nullable node_elements)(const bench_subject *_Nonnull self, uint32_t element_bytes);
    uint64_t (*_Nonnull run)(bench_operation operation, const bench_batch *_Nonnull batch);
};

/// Each query's collection is looked up only when the answer before it is there (answers are below 2^63), as a server
/// finishes a command before the next: the processor would otherwise wait for several queries' cache misses at once.
static inline __attribute__((always_inline)) uint64_t bench_each(
    const bench_subject *_Nonnull self, bench_with_element *_Nonnull body, const bench_batch *_Nonnull batch) {
    uint64_t sum = 0, answer = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        const bench_query *query = batch->queries + i;
        answer = body(self, batch->slots + query->collection + (answer >> 63), &query->element);
        sum += answer;
        __asm__ volatile("" : "+r"(answer));  // the compiler is not to find out that its top bit is always 0
    }
    return sum;
}

/// Runs the batch and returns a checksum.
static inline __attribute__((always_inline)) uint64_t bench_drive(
    const bench_subject *_Nonnull self, bench_operation operation, const bench_batch *_Nonnull batch) {
    switch (operation) {
    case BENCH_LOOKUP: return bench_each(self, self->lookup, batch);
    case BENCH_INSERT: return bench_each(self, self->insert, batch);
    case BENCH_DELETE: return bench_each(self, self->remove, batch);
    case BENCH_RANK: return bench_each(self, self->rank, batch);
    case BENCH_RANGE: return bench_each(self, self->range, batch);
    case BENCH_RANGE_BY_SCORE: return bench_each(self, self->range_by_score, batch);
    case BENCH_RANDOM: return bench_each(self, self->random, batch);
    default: break;
    }
    uint64_t sum = 0;
    uint32_t collections = (batch->count + batch->per_collection - 1) / batch->per_collection;
    for (uint32_t i = 0; i < collections; i++)
        sum += self->iterate(self, batch->slots + (batch->first_collection + i) % batch->collections);
    return sum;
}

/// Declares the subject's own loop, which its initializer names.
#define BENCH_LOOP(subject)                                                                            \
    static const bench_subject subject;                                                                \
    static uint64_t subject##_run(bench_operation operation, const bench_batch *_Nonnull batch) {      \
        return bench_drive(&subject, operation, batch);                                                \
    }

/// A view's first bytes and its length: what a reader of the element would at least look at.
static inline uint64_t bench_touch(const uint8_t *_Nonnull bytes, size_t count) {
    return count ? bytes[0] + count : 0;
}

/// What a reader of a score would look at.
static inline uint64_t bench_read_score(double score) { return (uint64_t)score; }

/// An index below `count`, by the element's random number.
static inline uint64_t bench_any_index(uint64_t count, const bench_element *_Nonnull element) {
    return (uint64_t)((unsigned __int128)element->random * count >> 64);
}

extern const bench_subject *_Nonnull const bench_packed_hash, *_Nonnull const bench_table_hash,
    *_Nonnull const bench_packed_set, *_Nonnull const bench_table_set, *_Nonnull const bench_intset,
    *_Nonnull const bench_packed_sorted_set, *_Nonnull const bench_block_sorted_set,
    *_Nonnull const bench_classic_sorted_set, *_Nonnull const bench_lists[5], *_Nonnull const bench_streams[5],
    *_Nonnull const bench_byte_streams[5];

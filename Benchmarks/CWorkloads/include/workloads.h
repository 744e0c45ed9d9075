// What the benchmarks measure, in C: collections in each encoding, and the parts of the engine that are C themselves.
//
// Contract: a subject is one encoding of one kind of collection. A population is many collections of equal size in one
// encoding, together larger than the caches next to a core: a server holds many collections and meets each request
// with a cold one, while one small collection, asked again and again, would live in the first-level cache and teach
// the branch predictor its bytes. Queries arrive as a server's do, in order in hot memory: a batch is copied together
// before the clock starts. Everything is a function of indexes and seeds.
// Invariant: between timed runs, each collection holds the elements that it was built with.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum bench_operation {
    BENCH_LOOKUP,
    BENCH_INSERT,
    BENCH_DELETE,
    BENCH_RANK,
    /// BENCH_RANGE_ELEMENTS from an index on.
    BENCH_RANGE,
    /// From a score to another one, with about BENCH_RANGE_ELEMENTS between them.
    BENCH_RANGE_BY_SCORE,
    /// Whole collections; one operation is one element.
    BENCH_ITERATE,
    BENCH_RANDOM,
    BENCH_OPERATIONS,
} bench_operation;

enum {
    /// As much as a page of a leaderboard or a timeline.
    BENCH_RANGE_ELEMENTS = 10,
    /// All names are unique from this element size on: five letters spell the index.
    BENCH_ELEMENT_BYTES_MIN = 5,
    /// 26^5, hence a bound of the indexes.
    BENCH_ELEMENTS_MAX = 11881376,
};

/// What a collection's elements are.
typedef enum bench_kind {
    BENCH_HASH,
    BENCH_SET,
    BENCH_INTEGER_SET,
    BENCH_SORTED_SET,
    BENCH_LIST,
    /// Nodes limited by entries, and by bytes.
    BENCH_STREAM,
    BENCH_STREAM_BYTES,
    BENCH_KINDS,
} bench_kind;

// MARK: Subjects

typedef struct bench_subject bench_subject;

/// The encodings of a kind, by index; NULL beyond the last. The first is the one that others are compared with.
const bench_subject *_Nullable bench_subject_of(bench_kind kind, uint32_t index);
const char *_Nonnull bench_subject_name(const bench_subject *_Nonnull subject);
bool bench_subject_supports(const bench_subject *_Nonnull subject, bench_operation operation);
/// Elements beyond which building and asking it takes longer than the answer is worth (O(n) operations).
uint32_t bench_subject_elements_max(const bench_subject *_Nonnull subject);
/// Elements of this size that a node of the encoding takes, or a few more; 0 if it has no nodes of a given size.
uint32_t bench_subject_node_elements(const bench_subject *_Nonnull subject, uint32_t element_bytes);

// MARK: Populations

typedef struct bench_population bench_population;

/// `collections` collections of `elements` elements of `element_bytes` bytes; of hashes, these are the fields, and
/// `value_bytes` the values.
bench_population *_Nonnull bench_population_create(
    const bench_subject *_Nonnull subject, bench_kind kind, uint32_t collections, uint32_t elements,
    uint32_t element_bytes, uint32_t value_bytes);
void bench_population_free(bench_population *_Nonnull population);

/// Prepares `count` queries, at most one per element of the population, of different elements; successive batches
/// have different ones until all have had their turn. Not to be timed.
void bench_population_prepare(bench_population *_Nonnull population, uint32_t count);

/// Runs the prepared queries, which for BENCH_DELETE take out what BENCH_INSERT then puts back. Iteration runs over as
/// many collections as have `count` elements. Returns the operations done. `checksum` depends on what was read.
uint64_t bench_population_run(
    bench_population *_Nonnull population, bench_operation operation, uint64_t *_Nonnull checksum);

/// Reads so much else that the caches next to the core hold nothing of what was measured before. Between timed runs:
/// what one operation touched would otherwise be warm for the next.
void bench_chill(void);

/// What `collections` collections hold of the allocator's bytes, payload included, when each has grown to one of the
/// `n` ascending `counts` of elements, and then to the next.
void bench_footprints(
    const bench_subject *_Nonnull subject, bench_kind kind, uint32_t collections, const uint32_t *_Nonnull counts,
    uint32_t n, uint32_t element_bytes, uint32_t value_bytes, uint64_t *_Nonnull bytes);

// MARK: Parts of the engine

/// A table of `items` items of 64 bytes, to be looked up by batches of 64 keys.
typedef struct bench_keys bench_keys;
bench_keys *_Nonnull bench_keys_create(uint32_t items);
void bench_keys_free(bench_keys *_Nonnull keys);
/// Looks up `batches` × 64 random keys; with `prefetch`, each batch's buckets and then items are asked for first.
uint64_t bench_keys_lookup(bench_keys *_Nonnull keys, uint32_t batches, bool prefetch);

/// Hashes `rounds` strings of `bytes` bytes (at most 4096).
uint64_t bench_hash_run(uint32_t bytes, uint32_t rounds);

/// Takes and gives back one of `locks` (a power of two) locks `rounds` times.
uint64_t bench_lock_run(uint32_t locks, uint32_t rounds);

/// Begins and ends an exclusive section `rounds` times, with the other workers outside; or, if not `exclusive`, enters
/// and leaves the gate.
uint64_t bench_gate_run(uint32_t workers, bool exclusive, uint32_t rounds);

// MARK: Several threads. Each of `threads` threads, the caller among them, does its `rounds` at the same time.

/// Takes and gives back one of `locks` (a power of two) locks.
void bench_lock_run_contended(uint32_t threads, uint32_t locks, uint32_t rounds);

/// Enters and leaves a gate, each as a worker of its own.
void bench_gate_run_shared(uint32_t threads, uint32_t rounds);

/// The caller begins and ends `rounds` exclusive sections, while the others are workers that execute commands of a
/// tenth of a microsecond, in turns of 16, until they are wanted out.
/// Between two sections it waits for a turn's time, so that the others are inside again.
void bench_gate_run_exclusive(uint32_t threads, uint32_t rounds);

/// Nanoseconds that have been spent between exclusive sections so far: no part of what they take.
int64_t bench_pauses_ns(void);

/// The yardstick: `rounds` dependent multiplications. The same on each build, so that a baseline can be compared in
/// units of it although the machine's clock has changed.
uint64_t bench_yardstick_run(uint32_t rounds);

// MARK: Time and instructions

/// Nanoseconds of processor time of the calling thread.
int64_t bench_thread_cpu_ns(void);

/// Whether the machine counts instructions for us. Opens the counter of the calling thread.
bool bench_instructions_open(void);
/// Instructions of this thread in user mode since then; 0 without a counter.
uint64_t bench_instructions(void);

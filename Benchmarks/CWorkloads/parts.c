// The parts of the engine that are C themselves: hashing, the table by batches, the lock, the gate; and the yardstick.
#include "allocator.h"
#include "gate.h"
#include "hash.h"
#include "lock.h"
#include "table.h"
#include "workloads.h"

enum {
    KEY_BYTES = 16,
    BATCH = 64,  // as many as a batch of requests has
    HASHED_BYTES_MAX = 4096,
};

typedef struct item {
    uint8_t key[KEY_BYTES];
    uint8_t value[48];
} item;

struct bench_keys {
    apus_table table;
    uint32_t count;
    uint64_t random;
    item *items;
};

static uint64_t item_hash(const void *element) { return apus_hash(((const item *)element)->key, KEY_BYTES); }

/// "key:0000" and a letter for each four bits of the index: in a nanosecond or two, since it is measured with the rest.
static void spell_key(uint32_t index, uint8_t *key) {
    uint64_t nibbles = index;
    nibbles = (nibbles | nibbles << 16) & 0x0000FFFF0000FFFF;
    nibbles = (nibbles | nibbles << 8) & 0x00FF00FF00FF00FF;
    nibbles = (nibbles | nibbles << 4) & 0x0F0F0F0F0F0F0F0F;
    nibbles += 'a' * 0x0101010101010101;
    memcpy(key, "key:0000", 8);
    memcpy(key + 8, &nibbles, 8);
}

bench_keys *bench_keys_create(uint32_t count) {
    bench_keys *keys = apus_allocate(sizeof *keys);
    keys->count = count;
    keys->random = 1;
    keys->items = apus_allocate_zeroed(count * sizeof *keys->items);
    apus_table_init(&keys->table, 0, item_hash);
    for (uint32_t i = 0; i < count; i++) {
        spell_key(i, keys->items[i].key);
        apus_table_insert(&keys->table, item_hash(keys->items + i), keys->items + i);
    }
    return keys;
}

void bench_keys_free(bench_keys *keys) {
    apus_table_destroy(&keys->table);
    apus_free(keys->items, keys->count * sizeof *keys->items);
    apus_free(keys, sizeof *keys);
}

uint64_t bench_keys_lookup(bench_keys *keys, uint32_t batches, bool prefetch) {
    uint8_t wanted[BATCH][KEY_BYTES];
    uint64_t hashes[BATCH], sum = 0, answer = 0;
    while (batches--) {
        for (int i = 0; i < BATCH; i++) {
            keys->random = keys->random * 6364136223846793005u + 1442695040888963407u;
            spell_key((uint32_t)((keys->random >> 32) * keys->count >> 32), wanted[i]);
            hashes[i] = apus_hash(wanted[i], KEY_BYTES);
            if (prefetch) apus_table_prefetch(&keys->table, hashes[i]);
        }
        if (prefetch)
            for (int i = 0; i < BATCH; i++) apus_table_prefetch_item(&keys->table, hashes[i]);
        for (int i = 0; i < BATCH; i++) {
            // Each look-up waits for the answer before (which is small), as a server finishes a command before the
            // next: the processor would otherwise wait for several at once, whether prefetched or not.
            apus_probe probe = apus_table_probe(&keys->table, hashes[i] + (answer >> 63));
            for (const item *found; (found = apus_probe_next(&probe));)
                if (memcmp(found->key, wanted[i], KEY_BYTES) == 0) {
                    answer = found->key[KEY_BYTES - 1];
                    break;
                }
            __asm__ volatile("" : "+r"(answer));
            sum += answer;
        }
    }
    return sum;
}

uint64_t bench_hash_run(uint32_t bytes, uint32_t rounds) {
    static uint8_t text[HASHED_BYTES_MAX + 64];
    uint64_t sum = 0;
    for (uint32_t i = 0; i < rounds; i++) sum += apus_hash(text + (i & 63), bytes);
    return sum;
}

uint64_t bench_lock_run(uint32_t locks, uint32_t rounds) {
    enum { LOCKS_MAX = 1024 };
    static struct {
        _Alignas(64) apus_lock lock;
        uint64_t guarded;
    } guards[LOCKS_MAX];
    uint64_t sum = 0;
    uint32_t mask = (locks < LOCKS_MAX ? locks : LOCKS_MAX) - 1;
    for (uint32_t i = 0; i < rounds; i++) {
        uint32_t index = i * 2654435761u >> 16 & mask;
        apus_lock_acquire(&guards[index].lock);
        sum += ++guards[index].guarded;
        apus_lock_release(&guards[index].lock);
    }
    return sum;
}

uint64_t bench_gate_run(uint32_t workers, bool exclusive, uint32_t rounds) {
    // Gates live as long as the process: one for each size that is asked for.
    static apus_gate *gates[APUS_WORKERS_MAX + 1];
    if (!gates[workers]) gates[workers] = apus_gate_create(workers);
    apus_gate *gate = gates[workers];
    if (exclusive) {
        apus_gate_enter(gate, 0);
        for (uint32_t i = 0; i < rounds; i++) {
            apus_gate_begin_exclusive(gate, 0);
            apus_gate_end_exclusive(gate, 0);
        }
        apus_gate_leave(gate, 0);
        return rounds;
    }
    for (uint32_t i = 0; i < rounds; i++) {
        apus_gate_enter(gate, 0);
        apus_gate_leave(gate, 0);
    }
    return rounds;
}

uint64_t bench_yardstick_run(uint32_t rounds) {
    uint64_t value = 1;
    for (uint32_t i = 0; i < rounds; i++) {
        value *= 6364136223846793005u;
        __asm__ volatile("" : "+r"(value));  // each product waits for the one before
    }
    return value;
}

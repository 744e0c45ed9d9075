// Reclaimer: frees values, large ones away from the thread that dropped them.
//
// A value with many elements takes long to free; the command that drops it hands it over and goes on. One background
// thread takes what is handed over, in order. Small values are freed at once, which is cheaper than handing them over.
// Invariant: what has been handed over is reachable from nowhere else.

internal import CAllocator
internal import CDatastore
internal import Platform
internal import Synchronization

@safe
package final class Reclaimer: Sendable {
    /// What waits for the background thread.
    @safe
    private struct Pending: @unchecked Sendable {
        var entries: [UnsafeMutablePointer<apus_entry>] = unsafe []
        var tables: [apus_table] = unsafe []
        var isRunning = false
    }

    private let pending = Guarded(Pending())
    private let handedOver = Atomic<Int>(0)
    private let freedInBackground = Atomic<Int>(0)

    init() {}

    /// Values waiting to be freed: INFO's `lazyfree_pending_objects`.
    package var pendingCount: Int { handedOver.load(ordering: .acquiring) }
    /// Values freed in the background since the start or `resetFreedCount`: INFO's `lazyfreed_objects`.
    package var freedCount: Int { freedInBackground.load(ordering: .relaxed) }
    /// Counts from zero again (CONFIG RESETSTAT).
    package func resetFreedCount() { freedInBackground.store(0, ordering: .relaxed) }

    /// Frees an entry that is in no table any more, with its value.
    @inline(__always)
    func free(_ raw: UnsafeMutablePointer<apus_entry>) {
        if unsafe apus_entry_encoding(raw) == UInt32(APUS_ENCODING_INLINE) {
            unsafe apus_entry_free(raw)
        } else {
            unsafe freeWithPayload(raw)
        }
    }

    @inline(never)
    private func freeWithPayload(_ raw: UnsafeMutablePointer<apus_entry>) {
        if unsafe Self.effort(raw) <= Limits.backgroundFreeEffortMin {
            unsafe Self.destroy(raw)
        } else {
            handOver(1) { unsafe $0.entries.append(raw) }
        }
    }

    /// Frees all entries of tables that nothing uses any more, in the background if there are many; of few, those with
    /// large values.
    func free(_ tables: [apus_table]) {
        var tables = unsafe tables
        var count = 0
        for index in unsafe tables.indices { unsafe count += Int(apus_table_count(&tables[index])) }
        if count > Limits.backgroundFreeEffortMin {
            unsafe handOver(count) { [tables] in unsafe $0.tables += tables }
        } else {
            for index in unsafe tables.indices { unsafe Self.destroy(&tables[index]) { unsafe free($0) } }
        }
    }

    /// Leaves `count` values to the background thread.
    private func handOver(_ count: Int, _ add: (inout Pending) -> Void) {
        handedOver.add(count, ordering: .relaxed)
        let mustStart = pending.withLock { pending in
            add(&pending)
            defer { pending.isRunning = true }
            return !pending.isRunning
        }
        guard mustStart else { return }
        // Without a thread (the system has no more) the work is done here, late but done.
        do { _ = try Thread.start(name: "reclaimer") { self.drain() } } catch { drain() }
    }

    /// The background thread's life: it ends when nothing is left, and the next hand-over starts another.
    private func drain() {
        while true {
            let batch = pending.withLock { pending -> Pending? in
                if unsafe pending.entries.isEmpty && pending.tables.isEmpty {
                    pending.isRunning = false
                    return nil
                }
                let batch = pending
                unsafe pending.entries = []
                unsafe pending.tables = []
                return batch
            }
            guard let batch else { return }
            for unsafe raw in unsafe batch.entries { unsafe Self.destroy(raw) }
            var count = unsafe batch.entries.count
            for unsafe table in unsafe batch.tables {
                var table = unsafe table
                count += unsafe Int(apus_table_count(&table))
                unsafe Self.destroy(&table) { unsafe Self.destroy($0) }
            }
            freedInBackground.add(count, ordering: .relaxed)
            handedOver.subtract(count, ordering: .releasing)  // who finds nothing pending finds all of it freed
        }
    }

    /// The number of allocations that freeing takes, roughly.
    private static func effort(_ raw: UnsafeMutablePointer<apus_entry>) -> Int {
        switch unsafe Int(apus_entry_encoding(raw)) {
        case APUS_ENCODING_SKIPLIST: unsafe SortedSet.stored(in: raw).freeEffort
        default: 1
        }
    }

    /// Frees an entry and what hangs off it. O(elements).
    static func destroy(_ raw: UnsafeMutablePointer<apus_entry>) {
        let encoding = unsafe Int(apus_entry_encoding(raw))
        if encoding != APUS_ENCODING_INLINE, let payload = unsafe apus_entry_payload(raw) {
            switch encoding {
            case APUS_ENCODING_BLOCK: unsafe apus_block_release(payload.assumingMemoryBound(to: apus_block.self))
            case APUS_ENCODING_LISTPACK, APUS_ENCODING_SKIPLIST: unsafe SortedSet.stored(in: raw).free()
            default: preconditionFailure("an encoding without a way to free it")
            }
        }
        unsafe apus_entry_free(raw)
    }

    /// Frees a table, and its entries by `free`.
    private static func destroy(_ table: inout apus_table, _ free: (UnsafeMutablePointer<apus_entry>) -> Void) {
        var items = unsafe apus_items()
        var position: UInt64 = 0
        while position < APUS_TABLE_END {
            unsafe position = apus_table_drain(&table, position, Limits.drainBucketsPerRead, &items)
            for index in unsafe 0..<items.count {
                unsafe free(items.items![index].assumingMemoryBound(to: apus_entry.self))
            }
            unsafe items.count = 0
        }
        unsafe apus_items_release(&items)
        unsafe apus_table_destroy(&table)
    }
}

// Allocator: what Swift asks of the C allocator (allocator.h) about memory as a whole. Blocks themselves are asked for
// by their owners in this folder.

internal import CAllocator

package enum Allocator {
    /// Called once by main, before threads start. Returns whether `used` is exact with the linked allocator.
    @discardableResult
    package static func start() -> Bool { apus_allocator_start() }

    /// Lets `tell` say which number of bytes could not be had, for which the process then aborts: it must not allocate.
    /// Without one it is said on standard error. Before threads start.
    package static func setExhausted(_ tell: @escaping @convention(c) (Int) -> Void) {
        apus_allocator_set_exhausted(tell)
    }

    /// Bytes in live allocations of ours, in size classes. O(threads).
    package static var used: Int { Int(apus_used_memory()) }

    /// Counts memory that Swift's own arrays and tables take for data and clients, by estimate, as ours; negative when
    /// it is gone.
    package static func account(_ bytes: Int) { apus_account(Int64(bytes)) }

    /// The bytes that an allocation of `size` bytes occupies.
    package static func usableSize(_ size: Int) -> Int { Int(apus_usable_size(size)) }

    /// The process's resident set in bytes; 0 where the kernel does not tell.
    package static var residentSet: Int { Int(apus_resident_set()) }

    /// "jemalloc-5.3.0" or "libc".
    package static var name: String { unsafe String(cString: apus_allocator_name()) }

    /// Returns unused dirty pages to the kernel now.
    package static func purge() { apus_allocator_purge() }

    /// Allows or forbids purging on threads of the allocator's own. Returns whether that could be set.
    @discardableResult
    package static func setBackgroundPurging(_ enabled: Bool) -> Bool { apus_allocator_set_background(enabled) }

    /// All figures, read afresh. Microseconds: for INFO and timers.
    package static func statistics() -> Statistics {
        var read = apus_memory_statistics()
        unsafe apus_memory_statistics_read(&read)
        return Statistics(
            used: Int(read.used), allocated: Int(read.allocated), active: Int(read.active),
            metadata: Int(read.metadata), resident: Int(read.resident), mapped: Int(read.mapped),
            retained: Int(read.retained), muzzy: Int(read.muzzy), residentSet: Int(read.rss))
    }

    /// Figures in bytes; apus_memory_statistics says what each one means.
    package struct Statistics: Sendable {
        package let used, allocated, active, metadata, resident, mapped, retained, muzzy, residentSet: Int
    }
}

// ValuePool: the bytes that generated values are cut from. One per process, read by all threads.
//
// With data checks, a value is a function of its key's number alone (and its field's, where it is one of several):
// `shape(ofKey:)`. Every writer writes the same and every reader knows what must come back.
// Invariant: bytes never change after the start; they are letters and digits, so no value holds a line end.

internal import Glibc

@safe
package final class ValuePool: @unchecked Sendable {
    let bytes: UnsafeMutablePointer<UInt8>

    /// Large enough that neighbouring values differ, small enough for a second-level cache's company.
    static let bytesMax = 1 << 18

    package init(seed: UInt64) {
        unsafe bytes = .allocate(capacity: Self.bytesMax)
        var random = RandomSource(seed: seed, stream: 0x706F_6F6C)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789ab".utf8)
        for index in 0..<Self.bytesMax { unsafe bytes[index] = letters[Int(random.next() >> 58)] }
    }

    deinit { unsafe bytes.deallocate() }

    /// Writes `count` bytes that begin at `offset` of the endlessly repeated pool.
    @inline(__always)
    func copy(to target: UnsafeMutablePointer<UInt8>, offset: Int, count: Int) {
        if offset &+ count <= Self.bytesMax {
            unsafe target.update(from: bytes + offset, count: count)
        } else {
            unsafe copyWrapped(to: target, offset: offset, count: count)
        }
    }

    private func copyWrapped(to target: UnsafeMutablePointer<UInt8>, offset: Int, count: Int) {
        var (done, position) = (0, offset)
        while done < count {
            let step = min(count - done, Self.bytesMax - position)
            unsafe (target + done).update(from: bytes + position, count: step)
            done += step
            position = 0
        }
    }

    /// Whether `count` bytes are those that `copy` would write.
    func matches(_ candidate: UnsafePointer<UInt8>, offset: Int, count: Int) -> Bool {
        var (done, position) = (0, offset)
        while done < count {
            let step = min(count - done, Self.bytesMax - position)
            if unsafe memcmp(candidate + done, bytes + position, step) != 0 { return false }
            done += step
            position = 0
        }
        return true
    }

    /// Where the value of a key begins and how long it is, when data are checked. `field`: from 1, or 0 for a value
    /// that is no field's.
    static func shape(ofKey key: UInt64, field: UInt64 = 0, sizes: SizeDistribution) -> (offset: Int, count: Int) {
        var random = RandomSource(seed: key, stream: 0x7368_6170 &+ field)
        let offset = Int(random.below(UInt64(bytesMax)))
        return (offset, sizes.next(&random))
    }
}

// OwnedArguments: a request that outlives the bytes it came in: queued by MULTI, blocked, or made by a script.
//
// It is built by copying, one argument behind the other, and read as Arguments like any other request.
// Invariant: every slice points into `bytes` where it lies now.

package import Memory

@safe
package struct OwnedArguments: ~Copyable {
    private var bytes = ByteBuffer()
    private var slices = ByteBuffer()
    /// The number of arguments.
    package private(set) var count = 0

    /// No arguments. Allocates nothing.
    package init() {}

    /// A copy of a request. O(bytes).
    package init(copying arguments: Arguments) {
        bytes.reserve(arguments.byteCount)
        slices.reserve(arguments.count * MemoryLayout<Slice>.stride)
        for index in 0..<arguments.count { append(arguments[index]) }
    }

    /// Bytes of memory that the request holds.
    package var footprint: Int { bytes.capacity + slices.capacity }

    /// Adds a copy of `argument`. Amortised O(argument.count).
    package mutating func append(_ argument: ByteView) {
        let before = unsafe bytes.view.base
        bytes.reserve(argument.count)
        let base = unsafe bytes.view.base
        if unsafe base != before { move(by: unsafe base - before) }
        let slice = unsafe Slice(base: base + bytes.count, count: argument.count)
        bytes.append(argument)
        let size = MemoryLayout<Slice>.stride
        unsafe slices.room(size).storeBytes(of: slice, as: Slice.self)
        unsafe slices.didAppend(size)
        count += 1
    }

    /// Forgets all arguments, keeping the storage.
    package mutating func removeAll() {
        bytes.removeAll()
        slices.removeAll()
        count = 0
    }

    /// The request. There must be at least one argument.
    package var arguments: Arguments {
        @_lifetime(borrow self)
        get {
            precondition(count > 0)
            let first = unsafe UnsafeMutableRawPointer(mutating: slices.view.base).assumingMemoryBound(to: Slice.self)
            return unsafe _overrideLifetime(Arguments(_unchecked: first, count: count), borrowing: self)
        }
    }

    /// Follows the bytes after they moved; growing is geometric, so this is amortised O(1) per argument.
    private mutating func move(by distance: Int) {
        let first = unsafe UnsafeMutableRawPointer(mutating: slices.view.base).assumingMemoryBound(to: Slice.self)
        for index in 0..<count { unsafe first[index].base += distance }
    }
}

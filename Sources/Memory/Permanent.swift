// Permanent: a value that lives as long as the process, in place, reachable from any thread.
//
// For the state of a thread that others may look into when that thread stands still: a class would cost a retain and an
// exclusivity call at every access, a plain struct could not be reached. It is a pointer that is never freed, so no
// copy of it dangles. Who may touch the value when is its owner's protocol (here: the owning thread, or an exclusive
// section).

@safe @frozen
@usableFromInline
package struct Permanent<Value: ~Copyable>: @unchecked Sendable, BitwiseCopyable {
    @usableFromInline let pointer: UnsafeMutablePointer<Value>

    /// Moves the value to where it stays for ever.
    package init(_ value: consuming Value) {
        unsafe pointer = UnsafeMutablePointer<Value>.allocate(capacity: 1)
        unsafe pointer.initialize(to: value)
    }

    /// The value, in place.
    @inlinable
    package var value: Value {
        unsafeAddress { unsafe UnsafePointer(pointer) }
        nonmutating unsafeMutableAddress { unsafe pointer }
    }
}

/// A fixed number of values that live as long as the process, with the same protocol.
@safe
@usableFromInline
package struct PermanentArray<Element>: @unchecked Sendable, BitwiseCopyable {
    @usableFromInline let elements: UnsafeMutablePointer<Element>
    @usableFromInline package let count: Int

    package init(repeating element: Element, count: Int) {
        unsafe elements = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        unsafe elements.initialize(repeating: element, count: count)
        self.count = count
    }

    package init(_ array: [Element]) {
        count = array.count
        unsafe elements = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        for (index, element) in array.enumerated() { unsafe (elements + index).initialize(to: element) }
    }

    @inlinable
    package subscript(index: Int) -> Element {
        unsafeAddress {
            precondition(index >= 0 && index < count)
            return unsafe UnsafePointer(elements + index)
        }
        nonmutating unsafeMutableAddress {
            precondition(index >= 0 && index < count)
            return unsafe elements + index
        }
    }
}

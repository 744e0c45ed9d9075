// Request: what a client asks: the words of one command, and the hash of its key.

public import Datastore
public import Memory
public import RESP

/// One request: its words, and the hash of its first key if that is argument 1.
@safe @frozen
@usableFromInline
package struct Request: ~Escapable, BitwiseCopyable {
    @usableFromInline package let arguments: Arguments
    @usableFromInline package let keyHash: UInt64

    @inlinable
    @_lifetime(copy arguments)
    package init(_ arguments: Arguments, keyHash: UInt64 = 0) {
        self.arguments = arguments
        self.keyHash = keyHash
    }

    @inlinable package var count: Int { arguments.count }

    /// Argument `index`; 0 is the command's name.
    @inlinable
    package subscript(index: Int) -> ByteView {
        @_lifetime(copy self)
        get { arguments[index] }
    }

    /// Argument 1 as a key, with the hash that the dispatcher has computed.
    @inlinable
    package var key: Key {
        @_lifetime(copy self)
        get { Key(arguments[1], hash: keyHash) }
    }

    /// Another argument as a key; hashes it.
    @_lifetime(copy self)
    package func key(at index: Int) -> Key { Key(arguments[index]) }
}

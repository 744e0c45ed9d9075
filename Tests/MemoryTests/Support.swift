// What the tests of this folder share: appending arrays, and expectations about noncopyable values.

import Memory
import Testing

extension OutputBuffer {
    mutating func append(array: [UInt8]) { append(ByteView(array.span.bytes)) }
}
extension ByteBuffer {
    mutating func append(array: [UInt8]) { append(ByteView(array.span.bytes)) }
}

/// `#expect` for conditions about noncopyable values, which its macro cannot take apart.
func expect(_ condition: Bool, _ note: String = "", at location: SourceLocation = #_sourceLocation) {
    #expect(condition, Comment(rawValue: note), sourceLocation: location)
}

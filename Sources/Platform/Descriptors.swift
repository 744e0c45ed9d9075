// Whole writes to a descriptor: a signal or a full pipe cuts a write short, and the rest of the bytes has to follow.

internal import Glibc

/// Writes all of the bytes; false, with `errno` set, if the descriptor takes no more. O(bytes).
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    unsafe bytes.withUnsafeBytes { all in
        var written = 0
        while written < all.count {
            // Something is left to write, so the buffer has a base address.
            let count = unsafe Glibc.write(descriptor, all.baseAddress! + written, all.count - written)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return false }
            written += count
        }
        return true
    }
}

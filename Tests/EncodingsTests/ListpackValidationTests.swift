// Bytes from outside: whatever validation accepts must be safe for every operation. Run under AddressSanitizer to see
// every byte beyond the end; the fuzz target covers far more of the same.
import CEncodings
import Testing

@testable import Encodings

@Suite struct ListpackValidationTests {
    /// One listpack with every encoding, and an empty one.
    static let samples: [[UInt8]] = {
        let long = [UInt8](repeating: 0x79, count: 70)
        let texts = ["", "a", "hello", "7", "-1", "4095", "30000", "-8000000", "2000000000", "-5000000000"]
        let all = texts.map { Array($0.utf8) } + [long]
        let string32 = ListpackModel(texts: [[UInt8](repeating: 0x7A, count: 4096)]).bytes
        return [ListpackModel().bytes, ListpackModel(texts: all).bytes, string32]
    }()

    /// Validates a copy whose allocation has exactly that many bytes.
    func accepts(_ bytes: [UInt8]) -> Bool {
        let exact = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        defer { exact.deallocate() }
        exact.copyBytes(from: bytes)
        guard let listpack = Listpack(validating: RawSpan(_unsafeBytes: UnsafeRawBufferPointer(exact))) else {
            return false
        }
        use(listpack)
        return true
    }

    /// Reads everything, then changes it in every way.
    func use(_ listpack: consuming Listpack) {
        let texts = listpack.view.texts
        verify(listpack.view.textsReversed == texts.reversed())
        for text in texts.prefix(3) { verify(listpack.view.find(text.span.bytes) != nil) }
        verify(listpack.view.find(Array("absent".utf8).span.bytes) == nil)
        if let middle = listpack.view.position(atIndex: texts.count / 2) {
            listpack.replace(at: middle, with: 123_456)
            listpack.insert(Array("new".utf8).span.bytes, at: middle)
            listpack.delete(at: middle, count: 2)
        }
        listpack.append(1)
        listpack.prepend(2)
        listpack.invariants()
    }

    @Test func truncated() {
        for sample in Self.samples {
            verify(accepts(sample))
            for count in 0..<sample.count {
                verify(!accepts(Array(sample[..<count])), "first \(count) bytes")
                // The same with a header that claims to be whole.
                if count >= 7 {
                    let header = ListpackModel.littleEndian(UInt64(count), 4)
                    _ = accepts(header + sample[4..<count])
                    _ = accepts(header + sample[4..<count - 1] + [0xFF])
                }
            }
        }
    }

    @Test func corrupted() {
        for sample in Self.samples.prefix(2) {
            for index in sample.indices {
                for value in UInt8.min...UInt8.max {
                    var damaged = sample
                    damaged[index] = value
                    _ = accepts(damaged)
                }
            }
        }
    }

    @Test func faults() {
        func fault(_ bytes: [UInt8], deep: Bool = true) -> (apus_listpack_fault, Int) {
            var offset = 0
            let fault = bytes.withUnsafeBufferPointer {
                apus_listpack_validate($0.baseAddress, $0.count, deep, &offset)
            }
            return (fault, offset)
        }
        verify(fault([]) == (APUS_LISTPACK_BAD_TOTAL, 0))
        verify(fault([8, 0, 0, 0, 0, 0, 0xFF]) == (APUS_LISTPACK_BAD_TOTAL, 0))
        verify(fault([7, 0, 0, 0, 0, 0, 0xFE]) == (APUS_LISTPACK_BAD_END, 6))
        verify(fault([9, 0, 0, 0, 1, 0, 5, 1, 0xFF]) == (APUS_LISTPACK_VALID, 4))
        verify(fault([9, 0, 0, 0, 1, 0, 5, 2, 0xFF]) == (APUS_LISTPACK_BAD_ENTRY, 6))
        verify(fault([9, 0, 0, 0, 2, 0, 5, 1, 0xFF]) == (APUS_LISTPACK_BAD_COUNT, 4))
        verify(fault([9, 0, 0, 0, 255, 255, 5, 1, 0xFF]) == (APUS_LISTPACK_VALID, 4))
        verify(fault([9, 0, 0, 0, 1, 0, 0xFF, 1, 0xFF]) == (APUS_LISTPACK_BAD_END, 6))
        verify(fault([9, 0, 0, 0, 1, 0, 0xFF, 1, 0xFF], deep: false) == (APUS_LISTPACK_VALID, 8))
        // An entry that reaches exactly to the terminator, leaving no room for its back-length.
        verify(fault([9, 0, 0, 0, 1, 0, 0x81, 0x61, 0xFF]) == (APUS_LISTPACK_BAD_ENTRY, 6))
        // A body of 255 bytes has the back-length 01 FF; here its second byte is the terminator.
        let borrowed = [7, 1, 0, 0, 1, 0, 0xE0, 253] + [UInt8](repeating: 0x61, count: 253) + [1, 0xFF]
        verify(borrowed.count == 263 && fault(borrowed) == (APUS_LISTPACK_BAD_ENTRY, 6))
        // A 32-bit length that would wrap around.
        verify(fault([12, 0, 0, 0, 1, 0, 0xF0, 255, 255, 255, 255, 0xFF]) == (APUS_LISTPACK_BAD_ENTRY, 6))
    }

    /// Longer forms than needed are valid and are found like the short ones.
    @Test func foreignEncodings() {
        let wideFive: [UInt8] = [0xF1, 5, 0, 3], textSeven: [UInt8] = [0x81, 0x37, 2]
        let longForm: [UInt8] = [0xE0, 2, 0x68, 0x69, 4], entries = wideFive + textSeven + longForm
        let bytes = [UInt8(entries.count + 7), 0, 0, 0, 3, 0] + entries + [0xFF]
        let listpack = Listpack(validating: bytes.span.bytes)!
        for (index, text) in ["5", "7", "hi"].enumerated() {
            let found = listpack.view.find(Array(text.utf8).span.bytes)
            verify(found != nil && found == listpack.view.position(atIndex: index))
        }
    }
}

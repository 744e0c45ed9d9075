// Strings that are numbers: counters change in place.

internal import CDatastore
internal import CText
package import Memory

/// What came of adding to a counter.
package enum IncrementResult: Equatable, Sendable {
    case sum(Int)
    case notAString
    /// The value is no canonical 64-bit integer.
    case notAnInteger
    case overflow
}

/// What came of adding to a decimal number.
package enum FloatIncrementResult: Equatable, Sendable {
    case sum
    case notAString
    /// The value or the increment is no number.
    case notAFloat
    /// The sum is infinite or not a number.
    case notFinite
}

extension Entry {
    /// The integer that a string is, nil for any other text. Precondition: the type is `.string`.
    var integer: Int64? {
        let text = string
        var value: Int64 = 0
        guard unsafe apus_parse_int64(text.base.assumingMemoryBound(to: UInt8.self), text.count, &value) else {
            return nil
        }
        return value
    }

    /// Adds to the integer that the string is, keeping the expiry. Only `.sum` has changed it. O(1).
    package mutating func increment(by amount: Int) -> IncrementResult {
        guard isString else { return .notAString }
        guard let value = integer else { return .notAnInteger }
        let (sum, overflows) = value.addingReportingOverflow(Int64(amount))
        if overflows { return .overflow }
        if isInline, unsafe apus_int64_text_count(sum) == Int(raw.pointee.value_count) {
            forgetOrigin()
            _ = unsafe apus_format_int64(sum, apus_entry_inline_value(raw))
        } else {
            unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(APUS_INT64_TEXT_MAX)) { digits in
                let start = digits.baseAddress!
                let count = unsafe apus_format_int64(sum, start)
                unsafe setShortString(ByteView(_unchecked: start, count: count))
            }
        }
        return .sum(Int(sum))
    }
}

extension Database {
    /// Makes an integer the string under `key`, which has none or a value to drop. The caller announces it.
    package mutating func setInteger(_ key: Key, _ value: Int) {
        unsafe withUnsafeTemporaryAllocation(byteCount: Int(APUS_INT64_TEXT_MAX), alignment: 8) { digits in
            let text = digits.baseAddress!
            let count = unsafe apus_format_int64(Int64(value), text.assumingMemoryBound(to: UInt8.self))
            unsafe setString(key, ByteView(_unchecked: text, count: count), expiry: .remove)
        }
    }

    /// Adds the decimal number `increment` to the one under `key`, 0 if there is none, in long double arithmetic; keeps
    /// the expiry and announces the change. Only `.sum` has changed the value. O(digits).
    package mutating func addFloat(_ key: Key, _ increment: ByteView) -> FloatIncrementResult {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(APUS_LONG_DOUBLE_TEXT_MAX)) { out in
            let text = out.baseAddress!
            var count = 0
            let status: apus_increment_status
            if let entry = peek(key) {
                guard entry.isString else { return .notAString }
                let current = entry.string
                status = unsafe apus_increment_by_float(
                    current.base.assumingMemoryBound(to: UInt8.self), current.count,
                    increment.base.assumingMemoryBound(to: UInt8.self), increment.count, text, &count)
            } else {
                status = unsafe apus_increment_by_float(
                    nil, 0, increment.base.assumingMemoryBound(to: UInt8.self), increment.count, text, &count)
            }
            switch status {
            case APUS_INCREMENT_OK: break
            case APUS_INCREMENT_NAN_OR_INFINITY: return .notFinite
            case APUS_INCREMENT_NOT_A_FLOAT, APUS_INCREMENT_CURRENT_NOT_A_FLOAT: return .notAFloat
            default: preconditionFailure("an increment ended in an unknown way")
            }
            unsafe setString(key, ByteView(_unchecked: text, count: count), expiry: .keep)
            var whole: Int64 = 0
            if unsafe apus_parse_int64(text, count, &whole), let entry = peek(key) {
                entry.noteOrigin(Int(APUS_ENTRY_TEXT))
            }
            didChange(key, .incrbyfloat)
            return .sum
        }
    }
}

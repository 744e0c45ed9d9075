// Renderer: fills templates' slots: the state that placeholders draw from, for one thread and group of clients.
// Invariant: lastKey is the key number drawn last.

internal import Glibc
package import Memory

package struct Renderer: ~Copyable {
    package var random: RandomSource
    package var keys: KeyChooser
    package private(set) var lastKey: UInt64 = 0
    /// For `{time}`.
    package var nowNs: UInt64 = 0
    /// For `{conn}`.
    package var connection: UInt64 = 0
    /// The next value's size instead of a drawn one, or -1: traces carry sizes.
    package var forcedSize = -1

    private static var portionBytes: Int { 12 << 10 }

    private let pool: ValuePool
    private let sizes: SizeDistribution
    /// Values depend on their key alone.
    private let isChecked: Bool
    private let keyCount: UInt64
    private var sequence: UInt64
    private var inserted: UInt64
    private let lanes: UInt64
    private var unique: UInt64
    /// The request's shared integers, by number.
    private var shared = SIMD16<UInt64>()
    /// Where the next unchecked value of fixed size is cut from the pool. It walks: a draw per value would cost more.
    private var valueOffset: Int

    /// `lane` of `lanes`: this thread's share of sequences. `uniqueFrom`: where this run's `{unique}` begin.
    package init(
        popularity: Popularity, keyCount: UInt64, sizes: SizeDistribution, pool: ValuePool, isChecked: Bool = false,
        seed: UInt64, lane: Int = 0, lanes: Int = 1, uniqueFrom: UInt64 = 0
    ) {
        random = RandomSource(seed: seed, stream: UInt64(lane) + 1)
        keys = KeyChooser(popularity, count: keyCount, lane: UInt64(lane), lanes: UInt64(lanes))
        self.pool = pool
        self.sizes = sizes
        self.isChecked = isChecked
        self.keyCount = keyCount
        self.lanes = UInt64(lanes)
        sequence = UInt64(lane)
        inserted = keyCount + UInt64(lane)
        unique = uniqueFrom &+ UInt64(lane)
        valueOffset = lane * 1009 % ValuePool.bytesMax
    }

    /// Takes the next key from outside, as a trace does.
    package mutating func force(key: UInt64) { lastKey = key }

    /// Appends one request.
    @inline(__always)
    package mutating func render(_ template: borrowing EncodedTemplate, into output: inout OutputBuffer) {
        if template.fixedCount >= 0 {
            let target = unsafe output.reserve(template.fixedCount).assumingMemoryBound(to: UInt8.self)
            unsafe target.update(from: template.image, count: template.fixedCount)
            for index in 0..<template.slotCount { unsafe fill(template.slots[index], target) }
            unsafe output.advance(template.fixedCount)
        } else {
            renderVarying(template, into: &output)
        }
    }

    /// Appends `count` requests of fixed size.
    @inline(__always)
    package mutating func render(
        _ template: borrowing EncodedTemplate, count: Int, into output: inout OutputBuffer
    ) {
        let size = template.fixedCount
        var left = count
        while left > 0 {
            // As much as a usual chunk takes.
            let step = min(left, max(1, Self.portionBytes / max(1, size)))
            var target = unsafe output.reserve(size * step).assumingMemoryBound(to: UInt8.self)
            for _ in 0..<step {
                unsafe target.update(from: template.image, count: size)
                for index in 0..<template.slotCount { unsafe fill(template.slots[index], target) }
                unsafe target += size
            }
            unsafe output.advance(size * step)
            left -= step
        }
    }

    @inline(__always)
    private mutating func fill(_ slot: EncodedTemplate.Slot, _ base: UnsafeMutablePointer<UInt8>) {
        let target = unsafe base + slot.offset
        switch slot.kind {
        case .key:
            lastKey = keys.next(&random)
            unsafe Decimal.write12(lastKey, to: target)
        case .sameKey: unsafe Decimal.write12(lastKey, to: target)
        case .integer: unsafe Decimal.write12(random.below(keyCount), to: target)
        case .value where !isChecked:
            unsafe pool.copy(to: target, offset: valueOffset, count: slot.width)
            valueOffset = (valueOffset &+ slot.width &+ 1) & (ValuePool.bytesMax &- 1)
        default: unsafe fillRare(slot, target)
        }
    }

    @inline(never)
    private mutating func fillRare(_ slot: EncodedTemplate.Slot, _ target: UnsafeMutablePointer<UInt8>) {
        switch slot.kind {
        case .newKey:
            lastKey = inserted
            inserted &+= lanes
            keys.grow(to: inserted)
            unsafe Decimal.write12(lastKey, to: target)
        case .score:
            lastKey = keys.next(&random)
            unsafe Decimal.write12(Self.score(ofKey: lastKey), to: target)
        case .sequence:
            unsafe Decimal.write12(sequence, to: target)
            sequence &+= lanes
        case .connection: unsafe Decimal.write12(connection, to: target)
        case .newShared:
            shared[Int(slot.low)] = random.below(keyCount)
            unsafe Decimal.write12(shared[Int(slot.low)], to: target)
        case .shared: unsafe Decimal.write12(shared[Int(slot.low)], to: target)
        case .object: unsafe Decimal.write20(lastKey, to: target)
        case .unique:
            unsafe Decimal.write20(unique, to: target)
            unique &+= lanes
        case .time: unsafe Decimal.write20(nowNs, to: target)
        case .value:
            let offset = ValuePool.shape(ofKey: lastKey, sizes: sizes).offset
            unsafe pool.copy(to: target, offset: offset, count: slot.width)
        default: preconditionFailure("a slot of varying width inside an image")
        }
    }

    // MARK: Varying widths

    @inline(never)
    private mutating func renderVarying(_ template: borrowing EncodedTemplate, into output: inout OutputBuffer) {
        for index in 0..<template.segmentCount {
            let segment = unsafe template.segments[index]
            let target = unsafe output.reserve(segment.imageCount).assumingMemoryBound(to: UInt8.self)
            unsafe target.update(from: template.image + segment.imageOffset, count: segment.imageCount)
            for slot in segment.slotStart..<segment.slotEnd { unsafe fill(template.slots[slot], target) }
            unsafe output.advance(segment.imageCount)
            if segment.varyingEnd > segment.slotEnd {
                renderArgument(segment.slotEnd..<segment.varyingEnd, template, into: &output)
            }
        }
    }

    /// Draws what varies, writes the length, then the parts.
    private mutating func renderArgument(
        _ parts: Range<Int>, _ template: borrowing EncodedTemplate, into output: inout OutputBuffer
    ) {
        var draws = SIMD4<UInt64>()
        var (drawn, count, offset) = (0, 0, 0)
        for index in parts {
            let part = unsafe template.slots[index]
            switch part.kind {
            case .range:
                draws[drawn] = part.low + random.below(part.span)
                count += Decimal.digits(draws[drawn])
                drawn += 1
            case .varyingValue:
                let size: Int
                if forcedSize >= 0 {
                    size = forcedSize
                    offset =
                        isChecked
                        ? ValuePool.shape(ofKey: lastKey, sizes: sizes).offset
                        : Int(random.below(UInt64(ValuePool.bytesMax)))
                } else if isChecked {
                    (offset, size) = ValuePool.shape(ofKey: lastKey, sizes: sizes)
                } else {
                    size = (part.sizes < 0 ? sizes : template.sizes[part.sizes]).next(&random)
                    offset = Int(random.below(UInt64(ValuePool.bytesMax)))
                }
                draws[drawn] = UInt64(size)
                count += size
                drawn += 1
            default: count += part.width
            }
        }
        let header = unsafe output.reserve(24 + count).assumingMemoryBound(to: UInt8.self)
        var target = unsafe header
        unsafe target.pointee = UInt8(ascii: "$")
        unsafe target += 1
        unsafe target += Decimal.write(UInt64(count), to: target)
        unsafe target[0] = 13
        unsafe target[1] = 10
        unsafe target += 2
        drawn = 0
        for index in parts {
            var part = unsafe template.slots[index]
            switch part.kind {
            case .literal:
                unsafe target.update(from: template.image + part.offset, count: part.width)
                unsafe target += part.width
            case .range:
                unsafe target += Decimal.write(draws[drawn], to: target)
                drawn += 1
            case .varyingValue:
                unsafe pool.copy(to: target, offset: offset, count: Int(draws[drawn]))
                unsafe target += Int(draws[drawn])
                drawn += 1
            default:
                part.offset = 0
                unsafe fill(part, target)
                unsafe target += part.width
            }
        }
        unsafe output.advance(target - header)
    }

    // MARK: Checks

    /// What `{score}` writes for a key.
    package static func score(ofKey key: UInt64) -> UInt64 { RandomSource.scramble(key &+ 1) % 1_000_000_000 }

    /// Whether a ZSCORE's reply (`$count\r\ndigits\r\n`, or `,digits\r\n`) is the score of key `key`.
    func isExpectedScore(_ reply: UnsafeBufferPointer<UInt8>, key: UInt64) -> Bool {
        let text = unsafe String(decoding: reply, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        guard let last = lines.last else { return false }
        return UInt64(last.first == "," ? last.dropFirst() : last) == Self.score(ofKey: key)
    }

    /// Whether a bulk string reply (`$count\r\n…\r\n`, whole) holds the value of key `key`.
    func isExpected(_ reply: UnsafeBufferPointer<UInt8>, key: UInt64, ofAnyLength: Bool = false) -> Bool {
        let shape = ValuePool.shape(ofKey: key, sizes: sizes)
        var position = 0
        guard let value = unsafe Self.bulk(reply, &position), position == reply.count else { return false }
        guard ofAnyLength || value.count == shape.count else { return false }
        return unsafe pool.matches(reply.baseAddress! + value.lowerBound, offset: shape.offset, count: value.count)
    }

    /// Whether each field of a HGETALL's reply (`*2n` or `%n`, then names and values in turn) holds the value of `key`.
    /// `mayBeNone`: the hash may not be there.
    func areExpectedFields(_ reply: UnsafeBufferPointer<UInt8>, key: UInt64, mayBeNone: Bool = true) -> Bool {
        let shape = ValuePool.shape(ofKey: key, sizes: sizes)
        guard var position = unsafe reply.firstIndex(of: 10).map({ $0 + 1 }) else { return false }
        guard mayBeNone || position < reply.count else { return false }
        while position < reply.count {
            guard unsafe Self.bulk(reply, &position) != nil, let value = unsafe Self.bulk(reply, &position),
                value.count == shape.count,
                unsafe pool.matches(reply.baseAddress! + value.lowerBound, offset: shape.offset, count: value.count)
            else { return false }
        }
        return true
    }

    /// The place of a bulk string's bytes; `position` moves from its `$` behind it.
    private static func bulk(_ reply: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Range<Int>? {
        guard position < reply.count, unsafe reply[position] == UInt8(ascii: "$") else { return nil }
        var header = position + 1
        var count = 0
        while header < reply.count, unsafe reply[header] != 13 {
            let digit = unsafe reply[header] &- 48
            guard digit <= 9, count < SizeDistribution.sizesMax else { return nil }
            count = count * 10 + Int(digit)
            header += 1
        }
        let start = header + 2
        guard start + count + 2 <= reply.count else { return nil }
        position = start + count + 2
        return start..<start + count
    }
}

/// Decimal digits into memory.
enum Decimal {
    /// Twelve digits with leading zeros; the value's lower ones if it has more.
    @inline(__always)
    static func write12(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) {
        let high = UInt32(truncatingIfNeeded: value / 100_000_000 % 10_000)
        let low = UInt32(truncatingIfNeeded: value % 100_000_000)
        let words = UnsafeMutableRawPointer(target)
        unsafe words.storeBytes(of: four(high), as: UInt32.self)
        unsafe words.storeBytes(of: eight(low), toByteOffset: 4, as: UInt64.self)
    }

    /// The digits of a number below 10^4, as bytes in the order of writing (little-endian machines only, as all here).
    @inline(__always)
    private static func four(_ value: UInt32) -> UInt32 {
        if value == 0 { return 0x3030_3030 }
        return UInt32(truncatingIfNeeded: eight(value) >> 32)
    }

    /// The digits of a number below 10^8: halves, quarters and digits are split side by side in one word. The factors
    /// are reciprocals of 100 and 10 that are exact in the ranges that occur.
    @inline(__always)
    private static func eight(_ value: UInt32) -> UInt64 {
        let high = value / 10_000
        let halves = UInt64(high) | UInt64(value &- high &* 10_000) << 32
        let hundreds = ((halves &* 10_486) >> 20) & 0x7F_0000_007F
        let pairs = hundreds | (halves &- hundreds &* 100) << 16
        let tens = ((pairs &* 103) >> 10) & 0x000F_000F_000F_000F
        return (tens | (pairs &- tens &* 10) << 8) | 0x3030_3030_3030_3030
    }

    /// Twenty digits with leading zeros.
    static func write20(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) {
        var rest = value
        for index in stride(from: 19, through: 0, by: -1) {
            unsafe target[index] = UInt8(truncatingIfNeeded: rest % 10 &+ 48)
            rest /= 10
        }
    }

    static func digits(_ value: UInt64) -> Int {
        var (rest, count) = (value / 10, 1)
        while rest > 0 { (rest, count) = (rest / 10, count + 1) }
        return count
    }

    /// Without leading zeros; returns how many.
    static func write(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let count = digits(value)
        var rest = value
        for index in stride(from: count - 1, through: 0, by: -1) {
            unsafe target[index] = UInt8(truncatingIfNeeded: rest % 10 &+ 48)
            rest /= 10
        }
        return count
    }
}

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

    let pool: ValuePool
    let sizes: SizeDistribution
    /// Values depend on their key alone.
    private let isChecked: Bool
    private let keyCount: UInt64
    private let sequences: Sequences
    private var insertions: Insertions
    /// What the last range gave.
    private var drawn: UInt64 = 0
    /// The request's shared integers, by number.
    private var shared = SIMD16<UInt64>()
    /// Where the next unchecked value of fixed size is cut from the pool. It walks: a draw per value would cost more.
    private var valueOffset: Int

    /// `lane` of `lanes`: this thread's share of new keys. `sequences`: shared by the group's threads.
    package init(
        popularity: Popularity, keyCount: UInt64, sizes: SizeDistribution, pool: ValuePool, isChecked: Bool = false,
        seed: UInt64, lane: Int = 0, lanes: Int = 1, sequences: Sequences = Sequences()
    ) {
        random = RandomSource(seed: seed, stream: UInt64(lane) + 1)
        keys = KeyChooser(
            popularity, count: keyCount, lane: UInt64(lane), lanes: UInt64(lanes), sequences: sequences)
        self.pool = pool
        self.sizes = sizes
        self.isChecked = isChecked
        self.keyCount = keyCount
        self.sequences = sequences
        insertions = Insertions(keyCount: keyCount, lane: UInt64(lane), lanes: UInt64(lanes))
        valueOffset = lane * 1009 % ValuePool.bytesMax
    }

    /// Takes the next key from outside, as a trace does.
    package mutating func force(key: UInt64) { lastKey = key }

    /// What `{newkey}` gave last.
    package var newestKey: UInt64 { insertions.newest }

    /// The request whose last new key is `key`, of `count`, has been answered: `latest` may read it now.
    package mutating func acknowledge(newKey key: UInt64, count: Int) {
        insertions.acknowledge(key, count: count)
        keys.grow(to: insertions.bound)
    }

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
            unsafe Decimal.writeNarrow(lastKey, to: target)
        case .sameKey: unsafe Decimal.writeNarrow(lastKey, to: target)
        case .integer: unsafe Decimal.writeNarrow(random.below(keyCount), to: target)
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
            lastKey = insertions.next()
            unsafe Decimal.writeNarrow(lastKey, to: target)
        case .score:
            lastKey = keys.next(&random)
            unsafe Decimal.writeNarrow(Self.score(ofKey: lastKey), to: target)
        case .sameScore: unsafe Decimal.writeNarrow(Self.score(ofKey: lastKey), to: target)
        case .sequence: unsafe Decimal.writeNarrow(sequences.nextNumber(), to: target)
        case .connection: unsafe Decimal.writeNarrow(connection, to: target)
        case .newShared:
            shared[Int(slot.low)] = random.below(keyCount)
            unsafe Decimal.writeNarrow(shared[Int(slot.low)], to: target)
        case .shared: unsafe Decimal.writeNarrow(shared[Int(slot.low)], to: target)
        case .object: unsafe Decimal.writeWide(lastKey, to: target)
        case .unique: unsafe Decimal.writeWide(sequences.nextUnique(), to: target)
        case .time: unsafe Decimal.writeWide(nowNs, to: target)
        case .value:
            unsafe pool.copy(to: target, offset: shape(of: slot).offset, count: slot.width)
        default: preconditionFailure("a slot of varying width inside an image")
        }
    }

    /// Of a checked value.
    private func shape(of slot: EncodedTemplate.Slot) -> (offset: Int, count: Int) {
        let field = slot.low == EncodedTemplate.drawnField ? drawn + 1 : slot.low
        return ValuePool.shape(ofKey: lastKey, field: field, sizes: sizes)
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

    /// What was drawn for one argument: for each of its varying parts, in their order, a number or the bytes of a value
    /// and where in the pool they begin.
    private struct Draws {
        var amounts = SIMD4<UInt64>()
        var offsets = SIMD4<Int>()
        /// Of the whole argument.
        var byteCount = 0
    }

    /// Draws what varies, writes the length, then the parts.
    private mutating func renderArgument(
        _ parts: Range<Int>, _ template: borrowing EncodedTemplate, into output: inout OutputBuffer
    ) {
        let draws = drawArgument(parts, template)
        // A sign, as many digits as a number has, and a line end.
        let headerMax = 1 + Decimal.wide + 2
        let header = unsafe output.reserve(headerMax + draws.byteCount).assumingMemoryBound(to: UInt8.self)
        var target = unsafe header
        unsafe target.pointee = UInt8(ascii: "$")
        unsafe target += 1
        unsafe target += Decimal.write(UInt64(draws.byteCount), to: target)
        unsafe target[0] = 13
        unsafe target[1] = 10
        unsafe target += 2
        unsafe write(draws, of: parts, template, to: target)
        unsafe output.advance(target - header + draws.byteCount)
    }

    private mutating func drawArgument(_ parts: Range<Int>, _ template: borrowing EncodedTemplate) -> Draws {
        var draws = Draws()
        var draw = 0
        for index in parts {
            let part = unsafe template.slots[index]
            switch part.kind {
            case .range:
                drawn = part.low + random.below(part.span)
                draws.amounts[draw] = drawn
                draws.byteCount += Decimal.digits(drawn)
                draw += 1
            case .varyingValue:
                let (offset, count) = drawValue(part, template)
                (draws.offsets[draw], draws.amounts[draw]) = (offset, UInt64(count))
                draws.byteCount += count
                draw += 1
            default: draws.byteCount += part.width
            }
        }
        return draws
    }

    /// Where a value of varying size is cut from the pool.
    private mutating func drawValue(
        _ part: EncodedTemplate.Slot, _ template: borrowing EncodedTemplate
    ) -> (offset: Int, count: Int) {
        if isChecked {
            let own = shape(of: part)
            return (own.offset, forcedSize >= 0 ? forcedSize : own.count)
        }
        let count =
            forcedSize >= 0
            ? forcedSize : (part.sizes < 0 ? sizes : template.sizes[part.sizes]).next(&random)
        return (Int(random.below(UInt64(ValuePool.bytesMax))), count)
    }

    /// Writes an argument's parts, as many bytes as were drawn.
    private mutating func write(
        _ draws: Draws, of parts: Range<Int>, _ template: borrowing EncodedTemplate,
        to first: UnsafeMutablePointer<UInt8>
    ) {
        var target = unsafe first
        var draw = 0
        for index in parts {
            var part = unsafe template.slots[index]
            switch part.kind {
            case .literal:
                unsafe target.update(from: template.image + part.offset, count: part.width)
                unsafe target += part.width
            case .range:
                unsafe target += Decimal.write(draws.amounts[draw], to: target)
                draw += 1
            case .varyingValue:
                let count = Int(draws.amounts[draw])
                unsafe pool.copy(to: target, offset: draws.offsets[draw], count: count)
                unsafe target += count
                draw += 1
            default:
                part.offset = 0
                unsafe fill(part, target)
                unsafe target += part.width
            }
        }
    }
}

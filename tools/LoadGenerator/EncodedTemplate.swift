// EncodedTemplate: a command template as bytes of the protocol, with its slots to be filled in place.
//
// A segment is an image (literal bytes with fixed-width slots inside, patched after one copy) and then, unless it is
// the last, one argument of varying width, whose length is drawn before it is written. A template without such
// arguments is a single segment of known size: rendering it is a copy and a few patches.
//
//   image                                  slots                varying argument
//   *3\r\n$3\r\nSET\r\n$16\r\nkey:000000000000\r\n              $<len>\r\n<bytes>   then the next image: \r\n …
//                                 └ at 25, 12 wide: key
//
// Invariant: the slots of a segment lie inside its image, in ascending order.

@safe
package struct EncodedTemplate: ~Copyable {
    enum Kind: UInt8 {
        case key, sameKey, newKey, score, sameScore, object, integer, sequence, unique, time, connection
        /// An integer that is drawn, and the same one once more: `low` is its number.
        case newShared, shared
        /// Fixed size: of the slot's width.
        case value
        // Only in varying arguments:
        case literal, range, varyingValue
    }

    struct Slot: BitwiseCopyable {
        var kind: Kind
        /// Into the image.
        var offset = 0
        /// 0 where it varies.
        var width = 0
        /// The lower bound and the span of a range; the number of a shared integer; of a value, that of its field, from
        /// 1, where it has one, or `drawnField`.
        var low: UInt64 = 0
        var span: UInt64 = 0
        /// Which of `sizes`; -1: the renderer's.
        var sizes = -1

        static func narrow(_ kind: Kind, low: UInt64 = 0) -> Slot { Slot(kind: kind, width: Decimal.narrow, low: low) }
        static func wide(_ kind: Kind) -> Slot { Slot(kind: kind, width: Decimal.wide) }
    }

    struct Segment: BitwiseCopyable {
        var imageOffset: Int
        var imageCount: Int
        var slotStart: Int
        var slotEnd: Int
        /// The parts of the varying argument are slotEnd ..< varyingEnd; none in the last segment.
        var varyingEnd: Int
    }

    let image: UnsafeMutablePointer<UInt8>
    let slots: UnsafeMutablePointer<Slot>
    let segments: UnsafeMutablePointer<Segment>
    let segmentCount: Int
    let sizes: [SizeDistribution]
    /// Bytes of a rendered request, or -1 if they vary.
    package let fixedCount: Int
    package let slotCount: Int
    /// Replies that one rendering gets.
    package let replyCount: Int
    /// Keys that one rendering adds to those that are there.
    let newKeyCount: Int

    /// A value of the field that the last range drew.
    static let drawnField = UInt64.max
    /// Numbers of fields that a template may name.
    static let fieldsMax: UInt64 = 1 << 32

    /// Parts of one argument that vary in width.
    static let varyingPartsMax = 4

    package init(_ template: CommandTemplate, sizes: SizeDistribution, keyPrefix: [UInt8]) throws(CommandTemplate
        .ParseError)
    {
        var encoder = TemplateEncoder(defaultSizes: sizes, keyPrefix: keyPrefix)
        for command in template.commands { try encoder.encode(command, isInline: template.isInline) }
        encoder.endSegment()
        unsafe image = .allocate(capacity: max(1, encoder.image.count))
        for (index, byte) in encoder.image.enumerated() { unsafe image[index] = byte }
        unsafe slots = .allocate(capacity: max(1, encoder.slots.count))
        for (index, slot) in encoder.slots.enumerated() { unsafe slots[index] = slot }
        unsafe segments = .allocate(capacity: encoder.segments.count)
        for (index, segment) in encoder.segments.enumerated() { unsafe segments[index] = segment }
        segmentCount = encoder.segments.count
        slotCount = encoder.slots.count
        self.sizes = encoder.sizes
        fixedCount = encoder.segments.count == 1 ? encoder.image.count : -1
        replyCount = template.commands.count
        newKeyCount = encoder.slots.count { $0.kind == .newKey }
    }

    deinit {
        unsafe image.deallocate()
        unsafe slots.deallocate()
        unsafe segments.deallocate()
    }
}

/// Builds the parts of an `EncodedTemplate`.
private struct TemplateEncoder {
    typealias Slot = EncodedTemplate.Slot

    let defaultSizes: SizeDistribution
    let keyPrefix: [UInt8]
    var image: [UInt8] = []
    var slots: [Slot] = []
    var segments: [EncodedTemplate.Segment] = []
    var sizes: [SizeDistribution] = []
    /// The shared integers that have been drawn.
    private var shared: Set<Int> = []
    private var imageStart = 0
    private var slotStart = 0

    init(defaultSizes: SizeDistribution, keyPrefix: [UInt8]) {
        self.defaultSizes = defaultSizes
        self.keyPrefix = keyPrefix
    }

    mutating func encode(_ command: [[CommandTemplate.Part]], isInline: Bool) throws(CommandTemplate.ParseError) {
        if !isInline { image += Array("*\(command.count)\r\n".utf8) }
        for (index, argument) in command.enumerated() {
            var parts: [Slot] = []
            for part in argument { append(part, to: &parts) }
            let varying = parts.filter { $0.kind == .range || $0.kind == .varyingValue }.count
            guard varying <= EncodedTemplate.varyingPartsMax, varying == 0 || !isInline else {
                throw CommandTemplate.ParseError(description: "too many placeholders of varying width in one argument")
            }
            if varying == 0 {
                if isInline {
                    if index > 0 { image.append(UInt8(ascii: " ")) }
                } else {
                    image += Array("$\(parts.reduce(0) { $0 + $1.width })\r\n".utf8)
                }
                appendFixed(parts)
            } else {
                appendVarying(parts)
            }
            if !isInline || index == command.count - 1 { image += [13, 10] }
        }
    }

    /// Literal parts carry their bytes' place in `literals` until they are put into the image.
    private var literals: [UInt8] = []

    private mutating func append(_ part: CommandTemplate.Part, to parts: inout [Slot]) {
        switch part {
        case .literal(let bytes): appendLiteral(bytes, to: &parts)
        case .slot(.key): appendKey(.key, to: &parts)
        case .slot(.sameKey): appendKey(.sameKey, to: &parts)
        case .slot(.newKey): appendKey(.newKey, to: &parts)
        case .slot(.keyNumber): parts.append(.narrow(.key))
        case .slot(.sameKeyNumber): parts.append(.narrow(.sameKey))
        case .slot(.score): parts.append(.narrow(.score))
        case .slot(.sameScore): parts.append(.narrow(.sameScore))
        case .slot(.integer), .slot(.benchmarkInteger(0)): parts.append(.narrow(.integer))
        case .slot(.benchmarkInteger(let index)):
            parts.append(.narrow(shared.insert(index).inserted ? .newShared : .shared, low: UInt64(index)))
        case .slot(.sequence): parts.append(.narrow(.sequence))
        case .slot(.connection): parts.append(.narrow(.connection))
        case .slot(.object): parts.append(.wide(.object))
        case .slot(.unique): parts.append(.wide(.unique))
        case .slot(.time): parts.append(.wide(.time))
        case .slot(.objectValue): parts.append(Slot(kind: .varyingValue))
        case .slot(.range(let range)):
            // The parser keeps the upper bound below 2^64 - 1, so the span cannot overflow.
            let span = range.upperBound - range.lowerBound + 1
            parts.append(Slot(kind: .range, low: range.lowerBound, span: span))
        case .slot(.value(let own)): appendValue(own, to: &parts)
        case .slot(.fieldValue(let field)):
            appendValue(nil, to: &parts)
            parts[parts.count - 1].low = field.map { $0 + 1 } ?? EncodedTemplate.drawnField
        }
    }

    private mutating func appendKey(_ kind: EncodedTemplate.Kind, to parts: inout [Slot]) {
        appendLiteral(keyPrefix, to: &parts)
        parts.append(.narrow(kind))
    }

    private mutating func appendValue(_ own: SizeDistribution?, to parts: inout [Slot]) {
        if let fixed = (own ?? defaultSizes).fixedSize {
            parts.append(Slot(kind: .value, width: fixed))
        } else {
            if let own { sizes.append(own) }
            parts.append(Slot(kind: .varyingValue, sizes: own == nil ? -1 : sizes.count - 1))
        }
    }

    private mutating func appendLiteral(_ bytes: [UInt8], to parts: inout [Slot]) {
        parts.append(Slot(kind: .literal, offset: literals.count, width: bytes.count))
        literals += bytes
    }

    private mutating func appendFixed(_ parts: [Slot]) {
        for var part in parts {
            let offset = image.count - imageStart
            if part.kind == .literal {
                image += literals[part.offset..<part.offset + part.width]
            } else {
                part.offset = offset
                slots.append(part)
                image += [UInt8](repeating: UInt8(ascii: "0"), count: part.width)
            }
        }
    }

    /// The literal parts of a varying argument lie in the image too, behind what the segment copies.
    private mutating func appendVarying(_ parts: [Slot]) {
        let imageEnd = image.count
        let slotEnd = slots.count
        for var part in parts {
            if part.kind == .literal {
                let bytes = literals[part.offset..<part.offset + part.width]
                part.offset = image.count
                image += bytes
            }
            slots.append(part)
        }
        segments.append(
            .init(
                imageOffset: imageStart, imageCount: imageEnd - imageStart, slotStart: slotStart, slotEnd: slotEnd,
                varyingEnd: slots.count))
        imageStart = image.count
        slotStart = slots.count
    }

    mutating func endSegment() {
        segments.append(
            .init(
                imageOffset: imageStart, imageCount: image.count - imageStart, slotStart: slotStart,
                slotEnd: slots.count, varyingEnd: slots.count))
    }
}

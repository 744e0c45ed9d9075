// RequestParser: a connection's bytes to requests, without sockets.
//
// Requests that are complete in the input are parsed in place, into slices of the input. What the input ends within is
// copied once, with everything that is understood of it already, and goes on from there with the next input. A large
// argument that is not complete gets a block, into which the server may receive the rest directly.
// It checks form, not meaning: it knows no command. After an error it must not be used again.
// Invariant: between calls, `held` is there exactly if the bytes consumed so far end within a request.
//
//   input 1                        input 2
//   | GET a | SET b 1 | SET c 2..  | ..2 | GET d | GET e |
//     slices of input 1   held ──────────► slices of the held bytes
//                                          └ GET d, GET e: slices of input 2

package import Memory

@safe
package struct RequestParser: ~Copyable {
    private var held: HeldRequest.Pointer?

    package init() { unsafe held = nil }

    deinit { unsafe HeldRequest.destroyAll(held) }

    /// Bytes that have come of an unfinished request.
    package var receivedCount: Int { unsafe held?.pointee.receivedCount ?? 0 }

    /// Bytes of memory that it occupies.
    package var footprint: Int { unsafe held?.pointee.footprint ?? 0 }

    /// Whether the bytes so far end within a request.
    package var isWithinRequest: Bool { unsafe held != nil }

    /// Parses as many requests of `input` as the batch takes. Their slices point into `input`, which must stay as it is
    /// until the batch is cleared. O(bytes), however the bytes are split over calls.
    package mutating func parse(
        _ input: ByteView, into batch: inout RequestBatch, limits: ParserLimits
    ) -> ParseOutcome {
        batch.longestInput = max(batch.longestInput, input.count)
        let start = unsafe input.base
        let end = unsafe start + input.count
        var cursor = unsafe start
        if let request = unsafe held {
            if batch.isFull { return ParseOutcome(consumed: 0, stop: .batchFull) }
            switch unsafe Self.resume(request, &cursor, end, &batch, limits) {
            case .complete:
                unsafe held = nil
            case .incomplete:
                return ParseOutcome(consumed: input.count, stop: heldStop())
            case .error(let error):
                return unsafe ParseOutcome(consumed: cursor - start, stop: .error(error))
            }
        }
        let stop = unsafe parseInPlace(&cursor, end, &batch, limits)
        return unsafe ParseOutcome(consumed: cursor - start, stop: stop)
    }

    /// After `parse` stopped with `.bulk`: the block that the missing bytes of a large argument may be appended to by
    /// whoever receives them; its count tells how far it is filled. What follows the argument goes through `parse`.
    package var bulkBlock: Block? { unsafe held?.pointee.sharedBlock }

    // MARK: In place

    private enum Step {
        case complete
        case incomplete
        case error(ProtocolError)
    }

    private mutating func parseInPlace(
        _ cursor: inout UnsafeRawPointer, _ end: UnsafeRawPointer, _ batch: inout RequestBatch, _ limits: ParserLimits
    ) -> ParseOutcome.Stop {
        // The first request may authenticate the client, so that other limits hold for those behind it.
        let isStranger = limits.isUnauthenticated
        while unsafe cursor < end {
            if batch.count >= (isStranger ? 1 : batch.countMax) { return .batchFull }
            let start = unsafe cursor
            var progress = RequestProgress()
            var written = 0
            let step =
                unsafe cursor.load(as: UInt8.self) == UInt8(ascii: "*")
                ? unsafe Self.parseMultibulk(&cursor, end, &batch, limits, &progress, &written)
                : unsafe Self.parseInline(&cursor, end, &batch)
            switch step {
            case .complete:
                continue
            case .incomplete:
                unsafe hold(start, element: cursor, end, &batch, progress, written, limits)
                unsafe cursor = end
                return heldStop()
            case .error(let error):
                return .error(error)
            }
        }
        return .inputExhausted
    }

    /// One request. If it is incomplete, the cursor stands at the line or the argument that is, and `progress` and
    /// `written` (arguments whose slices lie in the batch, uncommitted) say what was understood.
    @inline(__always)
    private static func parseMultibulk(
        _ cursor: inout UnsafeRawPointer, _ end: UnsafeRawPointer, _ batch: inout RequestBatch,
        _ limits: ParserLimits, _ progress: inout RequestProgress, _ written: inout Int
    ) -> Step {
        let line = unsafe cursor
        var argumentCount = unsafe HeaderLine.read(UInt8(ascii: "*"), &cursor, end)
        if argumentCount < 0 || argumentCount > limits.currentArgumentsMax {
            unsafe cursor = line
            switch unsafe HeaderLine.readMultibulk(&cursor, end, limits) {
            case .count(let count): argumentCount = count
            case .incomplete: return .incomplete
            case .error(let error): return .error(error)
            }
        }
        guard argumentCount > 0 else { return .complete }
        // An announced count is only a claim; what fits the input, at six bytes for "$0\r\n\r\n", is a bound.
        let slices = unsafe batch.room(argumentCount <= 32 ? argumentCount : min(argumentCount, (end - cursor) / 6 + 1))
        var index = 0
        while index < argumentCount {
            let line = unsafe cursor
            var count = unsafe HeaderLine.read(UInt8(ascii: "$"), &cursor, end)
            if count < 0 || count > limits.currentBulkBytesMax {
                unsafe cursor = line
                switch unsafe HeaderLine.readBulk(&cursor, end, limits) {
                case .count(let found): count = found
                case .incomplete:
                    progress = RequestProgress(argumentsLeft: argumentCount - index)
                    written = index
                    return .incomplete
                case .error(let error): return .error(error)
                }
            }
            guard unsafe (end - cursor) &- 2 >= count else {
                progress = RequestProgress(argumentsLeft: argumentCount - index, bulkCount: count)
                written = index
                return .incomplete
            }
            let lineEnd = unsafe (cursor + count).loadUnaligned(as: UInt16.self)
            guard lineEnd == UInt16(0x0A0D).littleEndian else { return .error(.invalidLineEnd) }
            unsafe slices[index] = Slice(base: cursor, count: count)
            unsafe cursor += count &+ 2
            index &+= 1
        }
        batch.commit(argumentCount)
        return .complete
    }

    /// One line of words.
    private static func parseInline(
        _ cursor: inout UnsafeRawPointer, _ end: UnsafeRawPointer, _ batch: inout RequestBatch
    ) -> Step {
        let looked = unsafe min(end - cursor, ParserLimits.lineBytesMax + 1)
        guard let length = unsafe find(HeaderLine.lineFeed, cursor, looked) else {
            return looked > ParserLimits.lineBytesMax ? .error(.tooBigInlineRequest) : .incomplete
        }
        if unsafe InlineSplitter.hasQuotes(cursor, length) {
            // Unescaping writes, and the input is not ours to write to.
            let request = unsafe batch.takeHeld()
            unsafe request.pointee.bytes.append(ByteView(_unchecked: cursor, count: length))
            let step = unsafe split(request.pointee.bytes.view.base, length, &batch)
            unsafe batch.keep(request)
            if case .error = step { return step }
        } else {
            let step = unsafe split(cursor, length, &batch)
            if case .error = step { return step }
        }
        unsafe cursor += length + 1
        return .complete
    }

    /// Makes the words of a line a request, unless there are none.
    private static func split(_ line: UnsafeRawPointer, _ count: Int, _ batch: inout RequestBatch) -> Step {
        let bytes = unsafe UnsafeMutablePointer(mutating: line.assumingMemoryBound(to: UInt8.self))
        var splitter = unsafe InlineSplitter(bytes, count)
        var words = 0
        do throws(ProtocolError) {
            while let word = try splitter.next() {
                let slices = unsafe batch.room(words + 1)
                unsafe slices[words] = Slice(base: line + word.lowerBound, count: word.count)
                words += 1
            }
        } catch {
            return .error(error)
        }
        if words > 0 { batch.commit(words) }
        return .complete
    }

    // MARK: In pieces

    /// Keeps what the input ends within: the bytes from `start` on, understood up to `element`.
    private mutating func hold(
        _ start: UnsafeRawPointer, element: UnsafeRawPointer, _ end: UnsafeRawPointer, _ batch: inout RequestBatch,
        _ progress: RequestProgress, _ written: Int, _ limits: ParserLimits
    ) {
        let request = unsafe batch.takeHeld()
        unsafe request.pointee.bytes.append(ByteView(_unchecked: start, count: element - start))
        for index in 0..<written {
            let slice = unsafe batch.slices[batch.sliceCount + index]
            unsafe request.pointee.appendSlice(offset: slice.base - start, count: slice.count)
        }
        unsafe request.pointee.progress.argumentsLeft = progress.argumentsLeft
        unsafe request.pointee.element = element - start
        unsafe held = request
        if progress.bulkCount < 0 {
            unsafe request.pointee.bytes.append(ByteView(_unchecked: element, count: end - element))
        } else if unsafe request.pointee.beginBulk(progress.bulkCount, limits) {
            var rest = unsafe element
            _ = unsafe request.pointee.receiveBulk(&rest, end)
        }
    }

    /// Why the parser stops within a request.
    private func heldStop() -> ParseOutcome.Stop {
        guard let request = unsafe held else { return .inputExhausted }
        if unsafe request.pointee.exceeds { return .error(.queryBufferExceeded) }
        let missing = unsafe request.pointee.directMissing
        return missing > 0 ? .bulk(missing: missing) : .inputExhausted
    }

    /// Goes on with a request that began in earlier input. Once it is complete, the batch owns its storage.
    private static func resume(
        _ request: HeldRequest.Pointer, _ cursor: inout UnsafeRawPointer, _ end: UnsafeRawPointer,
        _ batch: inout RequestBatch, _ limits: ParserLimits
    ) -> Step {
        while true {
            if unsafe request.pointee.progress.bulkCount >= 0 {
                guard unsafe request.pointee.receiveBulk(&cursor, end) else { return .incomplete }
                guard unsafe request.pointee.endBulk() else { return .error(.invalidLineEnd) }
                guard unsafe request.pointee.progress.argumentsLeft == 0 else { continue }
                unsafe batch.commit(request)
                return .complete
            }
            guard unsafe request.pointee.receiveLine(&cursor, end) else { return .incomplete }
            let isFirst = unsafe request.pointee.progress.argumentsLeft < 0
            let base = unsafe request.pointee.bytes.view.base
            if unsafe isFirst && base.load(as: UInt8.self) != UInt8(ascii: "*") {
                return unsafe finishInline(request, &batch)
            }
            var line = unsafe base + request.pointee.element
            let lineEnd = unsafe base + request.pointee.bytes.count
            let outcome =
                unsafe isFirst
                ? HeaderLine.readMultibulk(&line, lineEnd, limits) : HeaderLine.readBulk(&line, lineEnd, limits)
            switch outcome {
            case .incomplete: return .incomplete
            case .error(let error): return .error(error)
            case .count(let count) where isFirst:
                if count <= 0 {
                    unsafe batch.keep(request)
                    return .complete
                }
                unsafe request.pointee.progress.argumentsLeft = count
                unsafe request.pointee.element = request.pointee.bytes.count
            case .count(let count):
                guard unsafe request.pointee.beginBulk(count, limits) else { return .error(.queryBufferExceeded) }
            }
            if unsafe request.pointee.exceeds { return .error(.queryBufferExceeded) }
        }
    }

    private static func finishInline(_ request: HeldRequest.Pointer, _ batch: inout RequestBatch) -> Step {
        let length = unsafe request.pointee.bytes.count - 1
        guard unsafe request.pointee.bytes[length] == HeaderLine.lineFeed else { return .error(.tooBigInlineRequest) }
        let step = unsafe split(request.pointee.bytes.view.base, length, &batch)
        // After an error the parser still owns the request.
        if case .complete = step { unsafe batch.keep(request) }
        return step
    }
}

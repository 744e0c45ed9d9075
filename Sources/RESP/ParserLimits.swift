// What a client may send at most, and how a request can be refused.
//
// The texts are those of Redis and Valkey, because clients and tests match on them.

internal import Memory

/// The limits that a connection's requests are held to. The server changes them with the configuration and with the
/// connection's authentication; the parser keeps none of them.
package struct ParserLimits: BitwiseCopyable, Sendable {
    /// The longest bulk argument in bytes (`proto-max-bulk-len`).
    package var bulkBytesMax: Int
    /// The most bytes that an unfinished argument may occupy with its line end (`client-query-buffer-limit`). Those
    /// that are complete have left the query buffer, which is why a request may have many such.
    package var queryBufferBytesMax: Int
    /// Whether the client must authenticate first; then the much smaller limits below hold, so that a stranger cannot
    /// make the server allocate.
    package var isUnauthenticated: Bool

    @inlinable
    package init(
        bulkBytesMax: Int = usualBulkBytesMax, queryBufferBytesMax: Int = usualQueryBufferBytesMax,
        isUnauthenticated: Bool = false
    ) {
        self.bulkBytesMax = bulkBytesMax
        self.queryBufferBytesMax = queryBufferBytesMax
        self.isUnauthenticated = isUnauthenticated
    }

    /// The limits that hold for now, in one word each.
    var currentArgumentsMax: Int {
        isUnauthenticated ? Self.unauthenticatedArgumentsMax : Self.argumentsMax
    }
    var currentBulkBytesMax: Int {
        isUnauthenticated ? min(Self.unauthenticatedBulkBytesMax, bulkBytesMax) : bulkBytesMax
    }

    /// What holds unless the configuration says otherwise: the reference's defaults.
    @inlinable package static var usualBulkBytesMax: Int { 512 << 20 }
    @inlinable package static var usualQueryBufferBytesMax: Int { 1 << 30 }

    /// The most arguments of one request, as the protocol has it.
    static var argumentsMax: Int { Int(Int32.max) }
    /// What no configuration goes beyond: keys, members and what is kept of requests are counted in 32 bits.
    package static var requestBytesLimit: Int { ByteBuffer.bytesMax }
    /// The longest inline request, and the longest header line, in bytes.
    static var lineBytesMax: Int { 64 << 10 }
    /// The most arguments and the longest argument of a client that has not authenticated.
    static var unauthenticatedArgumentsMax: Int { 10 }
    static var unauthenticatedBulkBytesMax: Int { 16384 }
    /// From this size on an incomplete bulk argument gets an allocation of its own, which a command may keep: gathered
    /// in the request's buffer, it would be copied once more as that grows. Below, the copy costs less.
    package static var blockBytesMin: Int { 4 << 10 }
    /// From this size on the kernel writes what is missing straight into that allocation. Below, copying is cheaper
    /// than the extra receive.
    static var directBytesMin: Int { 32 << 10 }
}

/// Why a connection's bytes are not a request. The connection is to be closed after the reply.
@usableFromInline
package enum ProtocolError: Error, BitwiseCopyable, Sendable, Equatable {
    case invalidMultibulkLength
    case invalidBulkLength
    case expectedBulk(got: UInt8)
    /// A '\r' without its '\n', or an argument that is not followed by both.
    case invalidLineEnd
    case unauthenticatedMultibulkLength
    case unauthenticatedBulkLength
    case tooBigInlineRequest
    case tooBigMultibulkCountString
    case tooBigBulkCountString
    case unbalancedQuotes
    /// An argument is larger than the query buffer may be, or a request than anything may be: the connection is closed
    /// without a reply.
    case queryBufferExceeded

    /// What is wrong, in the reference's words; of `expectedBulk` without what came instead.
    package var text: StaticString {
        switch self {
        case .invalidMultibulkLength: "invalid multibulk length"
        case .invalidBulkLength: "invalid bulk length"
        case .expectedBulk: "expected '$'"
        case .invalidLineEnd: "invalid CRLF in request"
        case .unauthenticatedMultibulkLength: "unauthenticated multibulk length"
        case .unauthenticatedBulkLength: "unauthenticated bulk length"
        case .tooBigInlineRequest: "too big inline request"
        case .tooBigMultibulkCountString: "too big mbulk count string"
        case .tooBigBulkCountString: "too big bulk count string"
        case .unbalancedQuotes: "unbalanced quotes in request"
        case .queryBufferExceeded: "max query buffer length"
        }
    }
}

/// How far a call of `RequestParser.parse` came.
package struct ParseOutcome: BitwiseCopyable, Sendable, Equatable {
    /// Why it went no further.
    package enum Stop: BitwiseCopyable, Sendable, Equatable {
        /// All of the input is consumed; what is unfinished, the parser keeps.
        case inputExhausted
        /// The batch holds as many requests as it takes; the rest of the input was not looked at.
        case batchFull
        /// All of the input is consumed and the next `missing` bytes belong to one large argument: they may be received
        /// straight into `bulkBlock`, or passed to `parse` like all others.
        case bulk(missing: Int)
        /// The requests before are in the batch and to be answered first.
        case error(ProtocolError)
    }

    /// Bytes of the input that were used up, whether they belong to finished requests or are kept.
    package let consumed: Int
    package let stop: Stop

    @inlinable
    package init(consumed: Int, stop: Stop) {
        self.consumed = consumed
        self.stop = stop
    }
}

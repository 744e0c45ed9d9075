// RequestParts, ReplyParts: the request parser and the reply writer as the server drives them, a batch at a time.

internal import Memory
internal import RESP

enum RequestParts {
    private static var batch: Int { RequestBatch.requestsMax }

    static var all: [EnginePart] {
        let get = ["GET", "key:000000000001"]
        let set = ["SET", "key:000000000001", String(repeating: "v", count: 32)]
        return [
            part("request, GET", encoded(get)),
            part("request, GET, in two pieces each", encoded(get), alternativeTo: "request, GET", pieces: 2),
            part("request, SET of 32 bytes", encoded(set)),
            part("request, GET, inline", get.joined(separator: " ") + "\r\n", alternativeTo: "request, GET"),
        ]
    }

    private static func encoded(_ arguments: [String]) -> String {
        arguments.reduce(into: "*\(arguments.count)\r\n") { $0 += "$\($1.utf8.count)\r\n\($1)\r\n" }
    }

    /// Parses batches of one request. With two pieces, each input ends in the middle of a request.
    private static func part(
        _ name: String, _ request: String, alternativeTo: String? = nil, pieces: Int = 1
    ) -> EnginePart {
        let bytes = Array(String(repeating: request, count: batch).utf8)
        let half = request.utf8.count / 2
        return EnginePart(name, alternativeTo: alternativeTo, operationsPerRound: batch, rounds: 50) { rounds in
            var parser = RequestParser()
            var batch = RequestBatch()
            let limits = ParserLimits()
            for _ in 0..<rounds {
                if pieces == 1 {
                    _ = parser.parse(ByteView(bytes.span), into: &batch, limits: limits)
                    batch.clear()
                    continue
                }
                for start in stride(from: 0, to: bytes.count, by: half * 2) {
                    _ = parser.parse(
                        ByteView(bytes.span.extracting(start..<start + half)), into: &batch, limits: limits)
                    _ = parser.parse(
                        ByteView(bytes.span.extracting(start + half..<min(start + half * 2, bytes.count))),
                        into: &batch, limits: limits)
                    batch.clear()
                }
            }
        }
    }
}

enum ReplyParts {
    static var all: [EnginePart] {
        let text = Array(repeating: UInt8(ascii: "v"), count: 32)
        return [
            part("reply, OK") { $0.ok() },
            part("reply, integer") { $0.integer(123_456) },
            part("reply, bulk of 32 bytes") { $0.bulk(ByteView(text.span)) },
            part("reply, double") { $0.double(3.141592653589793) },
            part("reply, array of 10 bulks") {
                $0.array(10)
                for _ in 0..<10 { $0.bulk(ByteView(text.span)) }
            },
        ]
    }

    /// Writes 64 replies between two takings of the output, as a batch of requests does.
    private static func part(_ name: String, _ write: @escaping (inout Reply) -> Void) -> EnginePart {
        EnginePart(name, operationsPerRound: 64, rounds: 50) { rounds in
            var reply = Reply()
            for _ in 0..<rounds {
                let start = reply.output.mark
                for _ in 0..<64 { write(&reply) }
                reply.output.rollback(to: start)
            }
        }
    }
}

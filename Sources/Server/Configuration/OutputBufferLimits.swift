// OutputBufferLimits: what may wait to be sent to a client, and how `client-output-buffer-limit` says it.

internal import RESP

/// Bytes that may wait to be sent to one client before it is disconnected.
package struct OutputBufferLimit: Sendable, Equatable {
    /// Disconnect at once above this many bytes; 0 for no limit.
    package var hardBytes: Int
    /// Disconnect after `softSeconds` above this many bytes; 0 for no limit.
    package var softBytes: Int
    package var softSeconds: Int
}

/// `client-output-buffer-limit` by class of client.
package struct OutputBufferLimits: Sendable, Equatable {
    package var normal = OutputBufferLimit(hardBytes: 0, softBytes: 0, softSeconds: 0)
    package var replica = OutputBufferLimit(hardBytes: 256 << 20, softBytes: 64 << 20, softSeconds: 60)
    package var pubsub = OutputBufferLimit(hardBytes: 32 << 20, softBytes: 8 << 20, softSeconds: 60)
}

extension OutputBufferLimits {
    /// The classes of clients by their present names, and what their limits are kept in.
    static let classes: [(name: String, path: WritableKeyPath<OutputBufferLimits, OutputBufferLimit> & Sendable)] = [
        ("normal", \.normal), ("replica", \.replica), ("pubsub", \.pubsub),
    ]

    /// The number of the class that a word names; nil if it names none.
    static func classNumber(_ word: [UInt8]) -> Int? {
        let name = String(decoding: word.lowercased(), as: UTF8.self)
        return classes.firstIndex { $0.name == (name == "slave" ? "replica" : name) }
    }

    /// These limits with the classes named in `arguments` replaced: groups of class, hard, soft and seconds.
    func changed(by arguments: [[UInt8]]) throws(Refusal) -> OutputBufferLimits {
        guard arguments.count % 4 == 0 else {
            throw Refusal("Wrong number of arguments in buffer limit configuration.")
        }
        var limits = self
        for group in stride(from: 0, to: arguments.count, by: 4) {
            guard let number = Self.classNumber(arguments[group]) else {
                throw Refusal("Invalid client class specified in buffer limit configuration.")
            }
            guard let hard = byteCount(arguments[group + 1]).flatMap(Int.init(exactly:)),
                let soft = byteCount(arguments[group + 2]).flatMap(Int.init(exactly:)),
                let seconds = Int(String(decoding: arguments[group + 3], as: UTF8.self)), seconds >= 0
            else { throw Refusal("Error in hard, soft or soft_seconds setting in buffer limit configuration.") }
            limits[keyPath: Self.classes[number].path] = OutputBufferLimit(
                hardBytes: hard, softBytes: soft, softSeconds: seconds)
        }
        return limits
    }

    /// As CONFIG GET tells them.
    var text: String {
        [("normal", normal), ("slave", replica), ("pubsub", pubsub)]
            .map { "\($0) \($1.hardBytes) \($1.softBytes) \($1.softSeconds)" }
            .joined(separator: " ")
    }
}

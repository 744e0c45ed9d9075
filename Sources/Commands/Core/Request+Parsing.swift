// Typed arguments with Redis's error texts.

package import Memory
internal import RESP

extension Request {
    /// Argument `index` as an integer.
    package func integer(
        at index: Int, or error: CommandError = .notAnInteger
    ) throws(CommandError) -> Int {
        guard let value = arguments[index].integer else { throw error }
        return value
    }

    /// Argument `index` as a double.
    package func double(at index: Int, or error: CommandError = .notAFloat) throws(CommandError) -> Double {
        guard let value = arguments[index].double else { throw error }
        return value
    }

    /// The words from argument `index` on, to be read one by one as options.
    @_lifetime(copy self)
    package func options(from index: Int) -> Options { Options(self, from: index) }

    /// A cursor over a request's last words.
    @safe
    package struct Options: ~Escapable {
        private let request: Request
        /// The next word's index.
        package private(set) var index: Int

        @_lifetime(copy request)
        init(_ request: Request, from index: Int) {
            self.request = request
            self.index = index
        }

        /// Words left.
        package var remaining: Int { request.count - index }

        /// The next word, nil after the last.
        @_lifetime(copy self)
        package mutating func next() -> ByteView? {
            guard index < request.count else { return nil }
            let word = request[index]
            index += 1
            return word
        }

        /// The option's value; a syntax error if there is none.
        @_lifetime(copy self)
        package mutating func value() throws(CommandError) -> ByteView {
            guard let word = next() else { throw .syntax }
            return word
        }

        /// The option's value as an integer.
        package mutating func integer(or error: CommandError = .notAnInteger) throws(CommandError) -> Int {
            guard let number = try value().integer else { throw error }
            return number
        }
    }
}

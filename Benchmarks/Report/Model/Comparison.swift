// Comparison: the questions that the benchmarks answer, and the directives that hold the present answers.
//
// The defaults are those of the server's configuration; a test holds them together.

package struct Comparison: Sendable {
    package let name: String
    package let title: String
    /// What its elements are called.
    package let elements: String
    package let directive: String
    /// Elements up to which the first encoding is used; nil if the directive is not a number of elements.
    package var threshold: Int?

    package static let all: [Comparison] = [
        Comparison(
            name: "hash", title: "Hashes", elements: "fields", directive: "hash-max-listpack-entries", threshold: 512),
        Comparison(
            name: "set", title: "Sets", elements: "members", directive: "set-max-listpack-entries", threshold: 128),
        Comparison(
            name: "integerSet", title: "Sets of integers", elements: "members", directive: "set-max-intset-entries",
            threshold: 512),
        Comparison(
            name: "sortedSet", title: "Sorted sets", elements: "members", directive: "zset-max-listpack-entries",
            threshold: 128),
        Comparison(
            name: "list", title: "Lists: node sizes", elements: "elements", directive: "list-max-listpack-size"),
        Comparison(
            name: "stream", title: "Streams: node sizes", elements: "entries", directive: "stream-node-max-entries"),
    ]

    package init(name: String, title: String, elements: String, directive: String, threshold: Int? = nil) {
        self.name = name
        self.title = title
        self.elements = elements
        self.directive = directive
        self.threshold = threshold
    }
}

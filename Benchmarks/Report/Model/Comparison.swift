// Comparison: the questions that the benchmarks answer, and the directives that hold the present answers.
//
// The defaults are those of the server's configuration; a test holds them together.

package struct Comparison: Equatable, Sendable {
    /// What grows from point to point of a curve. The other one is fixed, and makes a group of curves.
    package enum Axis: Sendable, Equatable { case elements, elementBytes }

    package let name: String
    /// The kind of collection that it is about.
    package let kind: String
    package let title: String
    /// What its elements are called.
    package let elements: String
    package let directive: String
    package let axis: Axis
    /// The element or byte count up to which the first encoding is used; nil if the directive sizes nodes instead.
    package var threshold: Int?
    /// The server's own.
    package let defaultThreshold: Int?
    /// The directive's value that the first of several node sizes stands for.
    package let nodeSetting: Int?
    /// The group that the picture shows.
    package let groupShown: Int

    package static let all: [Comparison] = [
        Comparison(
            "hash", "Hashes", elements: "fields", directive: "hash-max-listpack-entries", threshold: 512),
        Comparison(
            "hashValue", kind: "hash", "Hashes by size of values", elements: "fields",
            directive: "hash-max-listpack-value", axis: .elementBytes, threshold: 64, groupShown: 128),
        Comparison(
            "set", "Sets", elements: "members", directive: "set-max-listpack-entries", threshold: 128),
        Comparison(
            "setValue", kind: "set", "Sets by size of members", elements: "members",
            directive: "set-max-listpack-value", axis: .elementBytes, threshold: 64, groupShown: 128),
        Comparison(
            "integerSet", "Sets of integers", elements: "members", directive: "set-max-intset-entries",
            threshold: 512),
        Comparison(
            "sortedSet", "Sorted sets", elements: "members", directive: "zset-max-listpack-entries", threshold: 128),
        Comparison(
            "sortedSetValue", kind: "sortedSet", "Sorted sets by size of members", elements: "members",
            directive: "zset-max-listpack-value", axis: .elementBytes, threshold: 64, groupShown: 128),
        list, stream, streamBytes,
    ]

    static let list = Comparison(
        "list", "Lists: node sizes", elements: "elements", directive: "list-max-listpack-size", nodeSetting: -2)
    static let stream = Comparison(
        "stream", "Streams: node sizes by entries", elements: "entries", directive: "stream-node-max-entries",
        nodeSetting: 100)
    static let streamBytes = Comparison(
        "streamBytes", "Streams: node sizes by bytes", elements: "entries", directive: "stream-node-max-bytes",
        nodeSetting: 4096, groupShown: 64)

    package init(
        _ name: String, kind: String? = nil, _ title: String, elements: String, directive: String,
        axis: Axis = .elements, threshold: Int? = nil, nodeSetting: Int? = nil, groupShown: Int = 16
    ) {
        self.name = name
        self.kind = kind ?? name
        self.title = title
        self.elements = elements
        self.directive = directive
        self.axis = axis
        self.threshold = threshold
        defaultThreshold = threshold
        self.nodeSetting = nodeSetting
        self.groupShown = groupShown
    }

    /// The bytes of a list's node: -1 … -5 are 4 to 64 KiB. Nil of a positive setting, which counts elements.
    static func listNodeBytes(_ setting: Int) -> Double? { setting < 0 ? 2048 * Double(1 << -setting) : nil }

    /// What a list's node has at most when its elements are counted: 8 KiB, as in the reference.
    static var countedNodeBytesMax: Double { 8192 }

    /// Where a measurement stands on the axis, and the group that it belongs to.
    func place(_ measurement: Measurement) -> Int {
        axis == .elements ? measurement.elements : measurement.elementBytes
    }
    func group(_ measurement: Measurement) -> Int {
        axis == .elements ? measurement.elementBytes : measurement.elements
    }

    /// A place on the axis as its label reads.
    package func label(_ place: Int) -> String { axis == .elements ? Format.elements(place) : "\(place)" }

    /// What the axis counts, in a sentence: "members", "bytes".
    package var unit: String { axis == .elements ? elements : "bytes" }

    /// What a group has in common, in a sentence: "members of 16 bytes", "128 members".
    package func describe(group: Int) -> String {
        switch (axis, kind) {
        case (.elementBytes, "hash"): "\(group) fields of \(Self.fieldBytes) bytes"
        case (.elementBytes, _): "\(group) \(elements)"
        case (_, "hash"): "fields and values of \(group) bytes"
        case (_, "integerSet"): "32-bit integers"
        case (_, "list"), (_, "stream"), (_, "streamBytes"): "values of \(group) bytes"
        default: "members of \(group) bytes"
        }
    }

    /// Of the hashes whose values grow.
    package static var fieldBytes: Int { 16 }

    /// The encoding that takes over beyond the threshold: the table (of sets of integers, not the listpack).
    package func successor(_ encodings: [String]) -> Int {
        encodings.firstIndex(of: "table") ?? min(1, encodings.count - 1)
    }
}

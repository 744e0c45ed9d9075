// Options: the command line.

internal import BenchmarkReport

struct Options {
    var isQuick = false
    var only: Set<String> = []
    var svgPath: String?
    var jsonPath: String?
    var baselinePath: String?
    var comparisons = Comparison.all

    static let usage = """
        usage: tools/benchmark [options]
          --only NAME          one comparison: \(Comparison.all.map(\.name).joined(separator: ", ")), parts (repeatable)
          --quick              fewer sizes, one element size
          --threshold D=N      answer for directive D set to N (hash-max-listpack-entries=1024)
          --compare FILE       compare with a kept run by ratios; exit status 1 if a series is worse
          --json FILE          where the figures go
          --svg FILE           where the picture goes
        """

    enum Mistake: Error {
        case unknown(String)
        case helpWanted
    }

    init(_ arguments: [String]) throws(Mistake) {
        var rest = arguments[...]
        func value(_ option: String) throws(Mistake) -> String {
            guard let value = rest.popFirst() else { throw .unknown(option + " without a value") }
            return value
        }
        while let option = rest.popFirst() {
            switch option {
            case "--quick": isQuick = true
            case "--only": only.insert(try value(option))
            case "--json": jsonPath = try value(option)
            case "--svg": svgPath = try value(option)
            case "--compare": baselinePath = try value(option)
            case "--threshold": try setThreshold(try value(option))
            case "--help", "-h": throw .helpWanted
            default: throw .unknown(option)
            }
        }
        let names = Set(Comparison.all.map(\.name) + ["parts"])
        if let name = only.first(where: { !names.contains($0) }) { throw .unknown(name) }
    }

    private mutating func setThreshold(_ text: String) throws(Mistake) {
        let parts = text.split(separator: "=")
        guard parts.count == 2, let elements = Int(parts[1]), elements > 0,
            let index = comparisons.firstIndex(where: { $0.directive == parts[0] && $0.threshold != nil })
        else { throw .unknown(text) }
        comparisons[index].threshold = elements
    }

    func includes(_ name: String) -> Bool { only.isEmpty || only.contains(name) }
}

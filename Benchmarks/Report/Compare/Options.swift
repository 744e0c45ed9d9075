// Options: the command line.

internal import BenchmarkReport
internal import Eviction
internal import LoadGenerator

struct Options {
    var isQuick = false
    var only: Set<String> = []
    var question: Question?
    var traces: [RecordedTrace] = []
    var svgPath: String?
    var evictionSVGPath: String?
    var jsonPath: String?
    var baselinePath: String?
    var askedPaths: [String] = []
    /// An earlier run and a later one.
    var compared: (String, String)?
    var comparisons = Comparison.all

    /// A file of accesses.
    struct RecordedTrace {
        let path: String
        let format: Trace.Format

        /// What the figures know it by.
        var name: String { CacheWorkload.name(fileName: path) }
    }

    /// What can be measured by itself.
    static var names: [String] { Comparison.all.map(\.name) + ["parts", "eviction"] }

    static let usage = """
        usage: tools/benchmark [NAME...] [options]
               tools/benchmark ask DIRECTIVE[=N]
               tools/benchmark compare FILE FILE

        Without names, all is measured: \(names.joined(separator: ", ")).
        `ask` answers whether to change a threshold, from the last run here or the one that is kept. Directives:
          \(Question.directives.joined(separator: ", "))

          --quick              fewer sizes, one element size
          --threshold D=N      tables, answers and pictures for directive D set to N (hash-max-listpack-entries=1024)
          --trace FILE[:FORMAT]  replay a trace against the eviction policies (repeatable); .xz is unpacked. Formats:
                               \(Trace.Format.allCases.map(\.rawValue).joined(separator: ", "))
          --compare FILE       compare with a kept run by ratios; exit status 1 if a series is worse
          --json FILE          where the figures go; what a file has of other comparisons stays
          --svg FILE           where the picture of the encodings goes; one that is there and shows more stays
          --eviction-svg FILE  the same for the eviction policies
        """

    enum Mistake: Error {
        /// What is wrong, as a sentence without its end.
        case wrong(String)
        case helpWanted
    }

    init(_ arguments: [String]) throws(Mistake) {
        var rest = arguments[...]
        func value(_ option: String) throws(Mistake) -> String {
            guard let value = rest.popFirst() else { throw .wrong("\(option) wants a value") }
            return value
        }
        while let option = rest.popFirst() {
            switch option {
            case "ask": question = try Self.question(try value(option))
            case "compare": compared = (try value(option), try value(option))
            case "--from": askedPaths.append(try value(option))
            case "--quick": isQuick = true
            case "--trace": try add(try Self.trace(try value(option)))
            case "--json": jsonPath = try value(option)
            case "--svg": svgPath = try value(option)
            case "--eviction-svg": evictionSVGPath = try value(option)
            case "--compare": baselinePath = try value(option)
            case "--threshold": try setThreshold(try value(option))
            case "--help", "-h": throw .helpWanted
            case let name where !name.hasPrefix("-"): only.insert(name)
            default: throw .wrong("there is no option \(option)")
            }
        }
        if let name = only.sorted().first(where: { !Self.names.contains($0) }) {
            throw .wrong("nothing to measure has the name '\(name)'; there are \(Self.names.joined(separator: ", "))")
        }
        guard question == nil && compared == nil || !isOfAMeasurement else {
            throw .wrong("'\(question == nil ? "compare" : "ask")' measures nothing: it takes no other word or option")
        }
        if !traces.isEmpty, !includes("eviction") { throw .wrong("no traces are replayed without 'eviction'") }
    }

    /// Whether something is said of what to measure, or of how to present it.
    private var isOfAMeasurement: Bool {
        isQuick || !only.isEmpty || !traces.isEmpty || baselinePath != nil || comparisons != Comparison.all
            || question != nil && compared != nil
    }

    private static func question(_ text: String) throws(Mistake) -> Question {
        do { return try Question(text) } catch {
            switch error {
            case .unknownDirective(let name):
                throw .wrong("'\(name)' is not measured; there are \(Question.directives.joined(separator: ", "))")
            case .badValue(let value): throw .wrong("'\(value)' is no value of the directive in \(text)")
            }
        }
    }

    /// "FILE:FORMAT", or a file whose name tells.
    private static func trace(_ text: String) throws(Mistake) -> RecordedTrace {
        if let colon = text.lastIndex(of: ":"),
            let format = Trace.Format(rawValue: String(text[text.index(after: colon)...]))
        {
            return RecordedTrace(path: String(text[..<colon]), format: format)
        }
        guard let format = Trace.Format(fileName: text) else {
            throw .wrong("--trace \(text): the format is not clear, say FILE:FORMAT")
        }
        return RecordedTrace(path: text, format: format)
    }

    /// Figures of one name would be taken for each other's.
    private mutating func add(_ trace: RecordedTrace) throws(Mistake) {
        if traces.contains(where: { $0.name == trace.name }) || CacheWorkload.Mix(rawValue: trace.name) != nil {
            throw .wrong("--trace \(trace.path): there is another workload of the name '\(trace.name)'")
        }
        traces.append(trace)
    }

    private mutating func setThreshold(_ text: String) throws(Mistake) {
        let question = try Self.question(text)
        guard let value = question.value, value > 0,
            let index = comparisons.firstIndex(where: { $0.directive == question.directive && $0.threshold != nil })
        else { throw .wrong("--threshold \(text): D=N is wanted, N above 0, D a directive that chooses an encoding") }
        comparisons[index].threshold = value
    }

    func includes(_ name: String) -> Bool { only.isEmpty || only.contains(name) }
}

// apus-bench: the command line of the load generator.

internal import ArgumentParser
internal import LoadGenerator

@main
struct ApusBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus-bench",
        abstract: "Load generator and benchmark for Apus, Valkey, Redis and others that speak their protocol.",
        discussion: """
            Without a subcommand it behaves as redis-benchmark does, with the same short options \
            (-h is the host; help is --help).

            EXAMPLES
              apus-bench -t get,set -r 100000 -P 16 -n 1000000
              apus-bench --seconds 10 -r 1000000 --preload --keys zipf --ratio 9:1
              apus-bench --rate 100000 --seconds 10 -t get -r 100000 --html report.html
              apus-bench ycsb b --seconds 10
              apus-bench sweep --objective 'p99.9<1ms' -t get -r 100000
              apus-bench replay OLTP.lis
              apus-bench compare --server apus=apus-server \\
                --server valkey=valkey-server -t get,set -r 100000

            EXIT CODE
              0: all went well; 1: errors, wrong data or a failure, which the output tells;
              64: the command line was wrong; 130: interrupted (Ctrl-C), the figures are of a part.
            """,
        version: "1.0",
        subcommands: [
            RunCommand.self, YCSBCommand.self, PatternCommand.self, ReplayCommand.self, SweepCommand.self,
            CompareCommand.self,
        ],
        defaultSubcommand: RunCommand.self,
        helpNames: [.long])

    static func main() {
        // The arguments are strings, in which such bytes have become others.
        if let number = CommandLine.malformedArgument {
            exit(withError: ValidationError("argument \(number) is not UTF-8; -x sends such bytes from a file."))
        }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let mistake as CommandTemplate.ParseError {
            // In a command, or a work's name: as wrong as an option would be.
            exit(withError: ValidationError(mistake.description))
        } catch {
            exit(withError: error)
        }
    }
}

/// What a script sees: something went wrong, though the report was written.
let problemCode = ExitCode(1)

/// A run that was to go on was ended by Ctrl-C or SIGTERM: its figures are of a part. As a shell has it for SIGINT.
let interruptedCode = ExitCode(130)

/// Runs tests in turn, shows each result, writes the reports; the exit code tells of problems. `repeating`: again and
/// again, until it is interrupted, as what is open-ended is at once.
func perform(
    _ tests: [Test], _ runner: TestRunner, _ output: OutputOptions, repeating: Bool = false, isOpenEnded: Bool = false
) throws {
    Interrupt.watch()
    DescriptorLimit.raise()
    var report = try output.report(runner.endpoint.description)
    let live = output.live
    var runner = runner
    if output.csv { try StandardOutput.write(Report.csvHeading) }
    repeat {
        for test in tests {
            let result: RunResult
            // Or a GET would follow in the steps of the SET before it.
            runner.settings.turn &+= 1
            do {
                result = try runner.run(test, observer: live)
                live.clear()
                report.results.append(result)
                try output.show(result)
            } catch {
                live.clear()
                try output.write(report)
                throw error
            }
            // What a server refuses concerns one test; without a server there is none.
            let isOver = result.failure != nil && !result.isUnprepared
            if isOver || result.wasInterrupted || Interrupt.isRequested { break }
        }
        // For ever may be long: results that no file will show are not kept.
        if repeating && output.json == nil && output.html == nil && !report.hasProblems { report.results = [] }
    } while repeating && !Interrupt.isRequested && !report.hasProblems
    try output.write(report)
    if report.hasProblems { throw problemCode }
    if Interrupt.isRequested && !repeating && !isOpenEnded { throw interruptedCode }
}

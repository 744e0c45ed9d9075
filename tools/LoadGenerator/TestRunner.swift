// TestRunner: runs tests one after another on one server: set-up commands, preparation, then the measured run.

package import Network

package struct TestRunner {
    package var endpoint: Endpoint
    package var extent: Extent
    package var threads = 1
    package var backend = RunLoop.Backend.automatic
    package var seed: UInt64 = 1
    package var intervalSeconds = 0.25

    package init(endpoint: Endpoint, extent: Extent) {
        self.endpoint = endpoint
        self.extent = extent
    }

    /// A test's result. A failed preparation is a result as well, with its reason.
    package func run(_ test: Test, observer: (any RunObserver)? = nil) throws(Run.Failure) -> RunResult {
        if !test.setup.isEmpty { try setUp(test.setup) }
        if let preparation = test.preparation {
            var run = run(preparation.workload)
            run.extent.requests = preparation.requests
            run.extent.seconds = nil
            run.extent.warmupSeconds = 0
            // Several threads finish unequal shares, and one that is ahead would leave the range of the keys.
            run.threads = 1
            let result = try run(observer: observer)
            if result.hasProblems || result.wasInterrupted {
                var failed = result
                if result.hasProblems { failed.failure = failed.failure ?? "the preparation met errors" }
                return failed
            }
        }
        var result = try run(test.workload)(observer: observer)
        result.notes += Self.passedNils(test.workload, result)
        if let backlog = test.backlog, result.failure == nil { result.notes += note(backlog) }
        return result
    }

    /// What the consumers were behind: its time on the way is in no latency.
    private func note(_ backlog: Backlog) -> [String] {
        guard let client = try? connect(), let reply = try? client.call(backlog.command),
            let count = backlog.count(in: reply)
        else { return ["\(backlog.command.joined(separator: " ")) does not tell what was \(backlog.whereabouts)"] }
        guard count > 0 else { return [] }
        let isFull = backlog.capacity.map { count >= $0 } ?? false
        return [
            "\(Format.count(count, "item")) \(backlog.whereabouts) at the end, in none of these latencies"
                + (isFull ? "; it keeps no more, so older ones may have been dropped unread" : "")
        ]
    }

    private func connect() throws(BlockingClient.Failure) -> BlockingClient {
        try BlockingClient(endpoint, timeoutSeconds: Int(max(1, extent.patienceSeconds.rounded(.up))))
    }

    /// Of checked commands whose keys need not be there, although nobody fills what is missing.
    private static func passedNils(_ workload: Workload, _ result: RunResult) -> [String] {
        var notes: [String] = []
        var first = 0
        for group in workload.groups {
            for (index, entry) in group.mix.enumerated() where entry.isChecked && entry.onMiss == nil {
                let misses = first + index < result.commands.count ? result.commands[first + index].misses : 0
                guard misses > 0, !group.isComplete else { continue }
                let replies = misses == 1 ? "1 reply was" : "\(Format.grouped(misses)) replies were"
                notes.append(
                    "\(entry.template.name): \(replies) nil, which passed: "
                        + "keys must only be there if all are written first (--preload) and none expires")
            }
            first += GroupState.commandNames(group).count
        }
        return notes
    }

    /// As `run`, but what keeps a test from beginning is a result as well: the others go on.
    package func attempt(_ test: Test, observer: (any RunObserver)? = nil) -> RunResult {
        do throws(Run.Failure) { return try run(test, observer: observer) } catch {
            var result = RunResult(
                name: test.workload.name, seconds: 0, commands: [], intervals: [], connections: 0, threads: threads)
            result.failure = error.description
            return result
        }
    }

    /// A run with this runner's settings.
    package func run(_ workload: Workload) -> Run {
        var run = Run(workload, on: endpoint, extent: extent)
        run.threads = threads
        run.backend = backend
        run.seed = seed
        run.intervalSeconds = intervalSeconds
        return run
    }

    private func setUp(_ commands: [[String]]) throws(Run.Failure) {
        do throws(BlockingClient.Failure) {
            let client = try connect()
            for command in commands {
                guard case .error(let text) = try client.call(command) else { continue }
                throw BlockingClient.Failure(description: "\(command.joined(separator: " ")): \(text)")
            }
        } catch {
            // What concerns the connection names the server; what came over it does not.
            let server = endpoint.description
            throw .invalid(error.description.contains(server) ? error.description : "\(server): \(error)")
        }
    }
}

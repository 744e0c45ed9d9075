// TestRunner: runs tests one after another on one server: set-up commands, preparation, then the measured run.

package struct TestRunner {
    package var endpoint: Endpoint
    package var settings: RunSettings
    /// Sent first on each connection that works, waits or prepares, after what the endpoint says.
    package var opening: [CommandTemplate] = []

    package init(endpoint: Endpoint, extent: Extent) {
        self.endpoint = endpoint
        settings = RunSettings(extent: extent)
    }

    /// A test's result. A failed preparation is a result as well, with its reason.
    package func run(_ test: Test, observer: (any RunObserver)? = nil) throws(Run.Failure) -> RunResult {
        for preparation in preparations(of: test) {
            var run = run(preparation.workload)
            run.settings.extent.requests = preparation.requests
            run.settings.extent.seconds = nil
            run.settings.extent.warmupSeconds = 0
            // One is enough for what is not measured.
            run.settings.threads = 1
            let result = try run(observer: observer)
            if result.hasProblems { return unbegun(test, result) }
            // The preparation's figures are not the test's.
            if result.wasInterrupted { return unbegun(test, wasInterrupted: true) }
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
        try BlockingClient(endpoint, timeoutMs: Int(max(1, settings.extent.patienceSeconds * 1000)))
    }

    /// Of checked commands whose keys need not be there, although nobody fills what is missing.
    private static func passedNils(_ workload: Workload, _ result: RunResult) -> [String] {
        var notes: [String] = []
        var first = 0
        for group in workload.groups {
            for (index, entry) in group.mix.enumerated() where entry.isChecked && entry.onMiss == nil {
                let misses = first + index < result.commands.count ? result.commands[first + index].misses : 0
                guard misses > 0, !group.isComplete else { continue }
                notes.append(
                    "\(entry.template.name): \(Format.replies(misses)) nil, which passed: "
                        + "keys must only be there if all are written first (--preload) and none expires")
            }
            first += GroupState.commandNames(group).count
        }
        return notes
    }

    /// As `run`, but what keeps a test from beginning is a result as well: the others go on.
    package func attempt(_ test: Test, observer: (any RunObserver)? = nil) -> RunResult {
        do throws(Run.Failure) { return try run(test, observer: observer) } catch {
            return unbegun(test, because: error.description)
        }
    }

    /// A test whose preparation failed.
    private func unbegun(_ test: Test, _ preparation: RunResult) -> RunResult {
        let problems = Report.wrongReplies(preparation) + (preparation.failure.map { [$0] } ?? [])
        var result = unbegun(
            test, because: "its preparation: \(problems.joined(separator: "; "))",
            wasInterrupted: preparation.wasInterrupted)
        result.isUnprepared = preparation.failure == nil
        return result
    }

    private func unbegun(
        _ test: Test, because failure: String? = nil, wasInterrupted: Bool = false
    ) -> RunResult {
        var result = RunResult(
            name: test.workload.name, seconds: 0, commands: [], intervals: [], connections: 0,
            threads: settings.threads)
        (result.failure, result.wasInterrupted) = (failure, wasInterrupted)
        return result
    }

    /// A run with this runner's settings.
    package func run(_ workload: Workload) -> Run {
        var workload = workload
        for index in workload.groups.indices {
            workload.groups[index].opening = opening + workload.groups[index].opening
        }
        return Run(workload, on: endpoint, settings: settings)
    }

    /// The set-up commands, on a connection as any other, and what the test says.
    private func preparations(of test: Test) -> [(workload: Workload, requests: UInt64)] {
        let own = test.preparation.map { [$0] } ?? []
        guard !test.setup.isEmpty else { return own }
        var block = CommandTemplate(literal: test.setup[0])
        block.commands = test.setup.flatMap { CommandTemplate(literal: $0).commands }
        block.name = test.setup.map { $0[0] }.joined(separator: "+")
        var group = ClientGroup()
        (group.connections, group.mix) = (1, [WeightedTemplate(block)])
        return [(Workload(name: "set-up", groups: [group]), 1)] + own
    }
}

// TestRunner: runs tests one after another on one server: set-up commands, preparation, then the measured run.

package import Network

package struct TestRunner {
    package var endpoint: Endpoint
    package var extent: Extent
    package var threads = 1
    package var backend = RunLoop.Backend.automatic
    package var seed: UInt64 = 1
    package var intervalSeconds = 0.25
    /// Sent first on each connection that works, waits or prepares, after what the endpoint says.
    package var opening: [CommandTemplate] = []

    package init(endpoint: Endpoint, extent: Extent) {
        self.endpoint = endpoint
        self.extent = extent
    }

    /// A test's result. A failed preparation is a result as well, with its reason.
    package func run(_ test: Test, observer: (any RunObserver)? = nil) throws(Run.Failure) -> RunResult {
        for preparation in preparations(of: test) {
            var run = run(preparation.workload)
            run.extent.requests = preparation.requests
            run.extent.seconds = nil
            run.extent.warmupSeconds = 0
            // Several threads finish unequal shares, and one that is ahead would leave the range of the keys.
            run.threads = 1
            let result = try run(observer: observer)
            if result.hasProblems { return unbegun(test, result) }
            if result.wasInterrupted { return result }
        }
        return try run(test.workload)(observer: observer)
    }

    /// As `run`, but what keeps a test from beginning is a result as well: the others go on.
    package func attempt(_ test: Test, observer: (any RunObserver)? = nil) -> RunResult {
        do throws(Run.Failure) { return try run(test, observer: observer) } catch {
            return unbegun(test, error.description)
        }
    }

    /// A test whose preparation failed.
    private func unbegun(_ test: Test, _ preparation: RunResult) -> RunResult {
        let problems = Report.wrongReplies(preparation) + (preparation.failure.map { [$0] } ?? [])
        var result = unbegun(test, "its preparation: \(problems.joined(separator: "; "))")
        result.isUnprepared = preparation.failure == nil
        result.wasInterrupted = preparation.wasInterrupted
        return result
    }

    private func unbegun(_ test: Test, _ failure: String) -> RunResult {
        var result = RunResult(
            name: test.workload.name, seconds: 0, commands: [], intervals: [], connections: 0, threads: threads)
        result.failure = failure
        return result
    }

    /// A run with this runner's settings.
    package func run(_ workload: Workload) -> Run {
        var workload = workload
        for index in workload.groups.indices {
            workload.groups[index].opening = opening + workload.groups[index].opening
        }
        var run = Run(workload, on: endpoint, extent: extent)
        run.threads = threads
        run.backend = backend
        run.seed = seed
        run.intervalSeconds = intervalSeconds
        return run
    }

    /// The set-up commands, on a connection as any other, and what the test says.
    private func preparations(of test: Test) -> [(workload: Workload, requests: UInt64)] {
        let own = test.preparation.map { [$0] } ?? []
        guard !test.setup.isEmpty else { return own }
        var block = CommandTemplate(literal: test.setup[0])
        block.commands = test.setup.flatMap { CommandTemplate(literal: $0).commands }
        var group = ClientGroup()
        (group.connections, group.mix) = (1, [WeightedTemplate(block)])
        return [(Workload(name: "set-up", groups: [group]), 1)] + own
    }
}

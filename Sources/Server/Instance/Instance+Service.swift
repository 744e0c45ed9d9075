// What the process is as a service: it has a title, keeps to its processors, and tells its manager how it fares.

internal import Memory
internal import Platform

extension Instance {
    /// What the kernel is asked for before the first thread starts. What it refuses is told, and done without.
    func prepareService() {
        let service = configuration.service
        if !service.processors.isEmpty {
            let refusal = ProcessorList(service.processors).map(ProcessControl.keep(toProcessors:))
                ?? "not a list of processors"
            if let refusal {
                log.write(.warning, "Can't keep to the processors '\(service.processors)': \(refusal)")
            }
        }
        if service.refusesHugePages && ProcessControl.hasHugePagesAlways(),
            let refusal = ProcessControl.refuseHugePages()
        {
            log.write(.warning, "Can't do without transparent huge pages: \(refusal)")
        }
        // Also if it stays allowed: a daemon's parent has kept the thread that the allocator had.
        Allocator.setBackgroundPurging(configuration.allocatorBackgroundThread)
        applyCrashReports()
        _ = applyOutOfMemoryScore()
    }

    /// Tells who waits for it that the server serves.
    func tellReady() {
        applyTitle()
        tellManager("STATUS=Ready to accept connections\nREADY=1\n")
        daemon.take()?.ready()
    }

    /// Tells systemd, if that is who started the server, about a state.
    func tellManager(_ state: String) {
        guard manager == .systemd, let refusal = ServiceManager.notify(state) else { return }
        log.write(.warning, "systemd supervision error: \(refusal)")
    }

    func applyTitle() {
        let service = configuration.service
        guard service.showsTitle, let title = TitleTemplate.expand(service.title, titleValue) else { return }
        ProcessControl.setTitle(title)
    }

    private func titleValue(_ variable: String) -> String? {
        switch variable {
        case "title": ProcessControl.invocation
        case "listen-addr":
            configuration.port == 0
                ? configuration.unixSocket : "\(configuration.bind.first ?? "*"):\(configuration.port)"
        case "server-mode": ""
        case "port": String(configuration.port)
        case "tls-port": "0"
        case "unixsocket": configuration.unixSocket
        case "config-file": configurationFile.isEmpty ? "-" : configurationFile
        default: nil
        }
    }

    func applyCrashReports() {
        if configuration.service.reportsCrashes {
            CrashReporter.start(program: Version.program)
        } else {
            CrashReporter.stop()
        }
    }

    /// Gives the process the score that the configuration wants, or the one it started with. False if that is refused.
    func applyOutOfMemoryScore() -> Bool {
        let settings = configuration.service.outOfMemory
        let score: Int
        if settings.mode != .no {
            let base = outOfMemoryScoreBefore ?? ProcessControl.outOfMemoryScore() ?? 0
            outOfMemoryScoreBefore = base
            score = settings.score(base: base)
        } else {
            guard let base = outOfMemoryScoreBefore else { return true }
            outOfMemoryScoreBefore = nil
            score = base
        }
        do throws(FileError) {
            try ProcessControl.setOutOfMemoryScore(score)
            return true
        } catch {
            log.write(.warning, "Unable to write oom_score_adj: \(error.text)")
            return false
        }
    }
}

extension ServiceSettings {
    /// The service manager that is to hear from the process: the one that is asked for, if it is there. Upstart is told
    /// at once, as it waits for nothing else.
    func findManager(_ log: Log) -> ServiceManager? {
        switch supervision {
        case .no: return nil
        case .auto:
            let present = ServiceManager.present
            if present == .upstart { greetUpstart(log) }
            return present == .systemd ? greetSystemd(log) : present
        case .upstart:
            guard ServiceManager.present == .upstart else {
                log.write(.warning, "upstart supervision requested, but UPSTART_JOB not found!")
                return nil
            }
            greetUpstart(log)
            return .upstart
        case .systemd: return greetSystemd(log)
        }
    }

    private func greetUpstart(_ log: Log) {
        log.write(.notice, "supervised by upstart, will stop to signal readiness.")
        ServiceManager.stopToBeReady()
    }

    private func greetSystemd(_ log: Log) -> ServiceManager? {
        log.write(
            .warning,
            "WARNING supervised by systemd - you MUST set appropriate values for TimeoutStartSec and TimeoutStopSec "
                + "in your service unit.")
        guard let refusal = ServiceManager.notify("STATUS=Apus is loading...\n") else { return .systemd }
        log.write(.warning, "systemd supervision error: \(refusal)")
        return nil
    }
}

// From an instance to running workers and to the orderly end.

internal import Commands
internal import Memory
internal import Network
internal import Platform
internal import Synchronization

extension Instance {
    /// Starts all workers, serves, and ends in order; returns the exit code.
    func run() -> Int32 {
        log.write(.notice, "oO0OoO0OoO0Oo Apus is starting oO0OoO0OoO0Oo")
        prepareService()
        guard fitClientsToDescriptors() else { return 1 }
        return runWorkers()
    }

    /// Descriptors beside the clients': listeners, the log and files, and of each worker its ring or epoll set and its
    /// eventfd, with as many to spare.
    var reservedDescriptors: Int { 32 + 4 * workers.count }

    /// Raises the limit of open files to what `maxclients` needs, or lowers `maxclients` to what the limit allows.
    /// False if not even one client would fit.
    private func fitClientsToDescriptors() -> Bool {
        let wanted = configuration.clientsMax + reservedDescriptors
        let limit = ProcessFacts.raiseOpenFilesLimit(to: wanted)
        guard limit < wanted else { return true }
        guard limit > reservedDescriptors else {
            log.write(
                .warning,
                "Your current 'ulimit -n' of \(limit) is not enough for the server to start. "
                    + "Please increase your open file limit to at least \(wanted). Exiting.")
            return false
        }
        let possible = limit - reservedDescriptors
        log.write(
            .warning,
            "You requested maxclients of \(configuration.clientsMax) requiring at least \(wanted) "
                + "max file descriptors.")
        log.write(
            .warning,
            "Current maximum open files is \(limit). maxclients has been reduced to \(possible) "
                + "to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'.")
        configuration.clientsMax = possible
        settings.value = WorkerSettings(configuration)
        return true
    }

    private func runWorkers() -> Int32 {
        var options = RunLoop.Options()
        options.backend = configuration.ioBackend.backend
        options.lendsLargeValues = configuration.lendsLargeValues
        var loop: RunLoop
        do throws(RunLoop.Refusal) {
            loop = try RunLoop(options)
        } catch {
            failToCreateLoop(error)
            return 1
        }
        backendName = loop.backend == .ioUring ? "io_uring" : "epoll"
        if let refusal = loop.refusal {
            log.write(
                .notice,
                "io_uring is not available (\(refusal.step): \(SocketError(errno: refusal.error).text)); using epoll")
        }
        workers[0].mailbox.attach(loop.waker)
        startSignals(loop)  // before there is a socket's file that an ordered end has to remove
        do throws(StartError) {
            try listen(on: loop)
        } catch {
            log.write(.warning, error.text)
            return 1
        }
        startOthers(options)
        if !isStopping.load(ordering: .relaxed) { logReady() }
        serve(0, &loop)
        tellManager("STOPPING=1\n")
        waitForOthers()
        let failed = hasFailed.load(ordering: .relaxed)
        if !failed { log.write(.notice, "User requested shutdown...\(shutdownOrigin)") }
        if !configuration.unixSocket.isEmpty {
            log.write(.notice, "Removing the unix socket file.")
            try? SystemFiles().remove(configuration.unixSocket)
        }
        if !configuration.processFile.isEmpty { try? SystemFiles().remove(configuration.processFile) }
        log.write(.warning, "Apus is now ready to exit, bye bye...")
        return failed ? 1 : 0
    }

    private func logReady() {
        log.write(
            .notice,
            "Apus version=\(Version.apus), bits=\(ProcessFacts.architectureBits), pid=\(ProcessFacts.id), "
                + "threads=\(workers.count), io-backend=\(backendName), malloc=\(Allocator.name)")
        logMode()
        if !configuration.processFile.isEmpty {
            do throws(FileError) {
                try SystemFiles().overwrite(configuration.processFile, with: Array("\(ProcessFacts.id)\n".utf8))
            } catch {
                log.write(.warning, "Failed to write PID file: \(error.text)")
            }
        }
        noteIdleDirectives(configuration.idle.keys.sorted())
        noteMissingPersistence()
        log.write(.notice, "Server initialized")
        if configuration.port != 0 && !configuration.bind.isEmpty {
            log.write(.notice, "Ready to accept connections tcp")
        }
        if !configuration.unixSocket.isEmpty { log.write(.notice, "Ready to accept connections unix") }
        tellReady()
    }

    /// How the server runs: in a line, or beside a bird for who wants to see it.
    private func logMode() {
        guard configuration.alwaysShowsLogo else {
            return log.write(.notice, "Running mode=\(mode), port=\(configuration.port).")
        }
        for line in [
            "  `\\.            Apus \(Version.apus) \(ProcessFacts.architectureBits) bit",
            "     `\\\\__,       Running in \(mode) mode",
            "    .-'//\"        Port: \(configuration.port)",
            "  ,/'            PID: \(ProcessFacts.id)",
        ] { log.write(.notice, line) }
    }

    /// Starts the workers beside the first, each on a thread of its own, and waits until all have their loops or one
    /// cannot: nobody is served by a server that may yet turn out not to start.
    private func startOthers(_ options: RunLoop.Options) {
        for handle in workers.dropFirst() {
            handle.life.acquire()
            handle.start.acquire()
            do throws(SystemError) {
                _ = try Thread.start(name: "worker-\(handle.index)") { self.runWorker(handle, options) }
            } catch {
                handle.start.release()
                handle.life.release()
                return fail("Can't create a worker thread: \(error.text)")
            }
        }
        for handle in workers.dropFirst() { handle.start.withLock {} }
    }

    /// Waits until the other workers' threads have ended.
    private func waitForOthers() {
        for handle in workers.dropFirst() { handle.life.withLock {} }
    }

    /// SIGTERM and SIGINT become events of the first worker's loop. If they cannot, they end the process as the system
    /// has it.
    private func startSignals(_ loop: borrowing RunLoop) {
        signalDescriptor = Signals.makeDescriptor()
        var error = signalDescriptor < 0 ? -signalDescriptor : 0
        if error == 0 {
            do throws(SocketError) {
                try loop.watch(descriptor: signalDescriptor, token: 0)
                error = Signals.start(notifying: signalDescriptor)
            } catch let refusal {
                error = refusal.errno
            }
        }
        guard error != 0 else { return }
        log.write(.warning, "Can't listen for signals: \(SocketError(errno: error).text). They end the server at once.")
    }

    private func runWorker(_ handle: WorkerHandle, _ options: RunLoop.Options) {
        defer { handle.life.release() }
        var loop: RunLoop
        do throws(RunLoop.Refusal) {
            loop = try RunLoop(options)
        } catch {
            failToCreateLoop(error)
            return handle.start.release()
        }
        handle.mailbox.attach(loop.waker)
        handle.start.release()
        serve(handle.index, &loop)
    }

    private func failToCreateLoop(_ refusal: RunLoop.Refusal) {
        fail("Can't create the event loop: \(refusal.step): \(SocketError(errno: refusal.error).text)")
    }

    /// A worker's life, until the server stops.
    private func serve(_ index: Int, _ loop: inout RunLoop) {
        var worker = Worker(index, of: self)
        do throws(SocketError) {
            try worker.run(&loop)
        } catch {
            fail("The event loop failed: \(error.text)")
        }
        workers[index].mailbox.attach(nil)
    }
}

extension IOBackend {
    var backend: RunLoop.Backend {
        switch self {
        case .auto: .automatic
        case .ioUring: .ioUring
        case .epoll: .epoll
        }
    }
}

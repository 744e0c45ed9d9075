// What the process is to those who started it and look after it: its directives and what they mean.

package import Platform

/// How the process runs beside its work.
package struct ServiceSettings: Sendable, Equatable {
    /// Go on in a child, and let the process that was started end; not under a service manager.
    package var isDaemon = false
    package var supervision = Supervision.no
    /// Show the title where the command line was.
    package var showsTitle = true
    package var title = TitleTemplate.standard
    package var isLoggingToSystem = false
    package var systemLogName = "valkey"
    package var systemLogFacility = SystemLog.Facility.local0
    package var outOfMemory = OutOfMemorySettings()
    /// Processors that the workers keep to; empty for all.
    package var processors = ""
    /// Ask for no huge pages where the system gives them unasked.
    package var refusesHugePages = true
    /// Say what the server was doing when it dies of a bug.
    package var reportsCrashes = true

    /// Where a daemon leaves its number, if no `pidfile` says where.
    package static let daemonProcessFile = "/var/run/apus.pid"
}

/// The service manager that waits to hear from the process, in the order in which refusals list them.
package enum Supervision: String, CaseIterable, Sendable {
    case upstart, systemd
    /// Whichever the environment tells of.
    case auto
    case no
}

/// When the kernel may kill the process for its memory.
package struct OutOfMemorySettings: Sendable, Equatable {
    /// What the values are.
    package enum Mode: String, Sendable {
        case no
        /// The value is added to what the process started with.
        case relative = "yes"
        case absolute
    }
    package var mode = Mode.no
    /// For primaries, replicas, and children.
    package var values = [0, 200, 800]

    /// What the kernel takes.
    private static let scores = -1000...1000

    /// The score of a process that started with `base`.
    package func score(base: Int) -> Int {
        let wanted = mode == .absolute ? values[0] : base + values[0]
        return min(max(wanted, Self.scores.lowerBound), Self.scores.upperBound)
    }

    /// Whether the values fall, from a primary to its children, which takes a privileged process.
    package var needsPrivilege: Bool { values != values.sorted() }
}

extension Directive {
    /// Daemon, supervision, title, system log, and the kernel's favours.
    static let service: [Directive] = [
        .boolean("daemonize", \.service.isDaemon, .immutable),
        .choice("supervised", \.service.supervision, .immutable),
        .boolean("set-proc-title", \.service.showsTitle, .immutable),
        Directive(
            name: "proc-title-template", mutability: .mutable, support: .available,
            kind: .checked(TitleTemplate.check),
            read: { .text(Array($0.service.title.utf8)) },
            write: { if case .text(let new) = $1 { $0.service.title = String(decoding: new, as: UTF8.self) } }),
        .boolean("syslog-enabled", \.service.isLoggingToSystem, .immutable),
        .text("syslog-ident", \.service.systemLogName, .immutable),
        .choice("syslog-facility", \.service.systemLogFacility, .immutable),
        Directive(
            name: "oom-score-adj", mutability: .mutable, support: .available,
            kind: .choice(["no", "yes", "relative", "absolute"]),
            read: { .text(Array($0.service.outOfMemory.mode.rawValue.utf8)) },
            write: {
                guard case .text(let new) = $1 else { return }
                $0.service.outOfMemory.mode = .init(rawValue: String(decoding: new, as: UTF8.self)) ?? .relative
            }),
        Directive(
            name: "oom-score-adj-values", mutability: .mutable, support: .available, kind: .list(checkOOMScores),
            read: { .texts($0.service.outOfMemory.values.map { Array(String($0).utf8) }) },
            write: { if case .texts(let new) = $1 { $0.service.outOfMemory.values = new.compactMap(decimal) } }),
        .text("server-cpulist", \.service.processors, .immutable, aliases: ["server_cpulist"]),
        .boolean("disable-thp", \.service.refusesHugePages, .immutable),
        .boolean("crash-log-enabled", \.service.reportsCrashes),
    ]
}

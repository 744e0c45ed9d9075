// The server's settings: typed values for what the server reads.
//
// Names, kinds, limits and texts live in the table of `Directive`s, which is the single source for the configuration
// file, the command line, CONFIG GET and CONFIG SET. A directive without a property here belongs to a feature this
// version does not have: its value is kept in `idle`, or the table pins it to one and refuses any other.
//
// Invariant: every property holds a value its directive accepts.

internal import RESP

/// The server's settings. A value type: CONFIG SET changes a copy and publishes it only when every pair was accepted.
package struct Configuration: Sendable, Equatable {
    // MARK: Listening

    /// TCP port; 0 means that the server does not listen on TCP.
    package var port = 6379
    /// Addresses to listen on. `*` is every IPv4 address, `::*` every IPv6 one. A leading `-` allows the address to
    /// be unavailable. Empty means that the server does not listen on TCP.
    package var bind: [String] = ["*", "-::*"]
    /// Path of the Unix domain socket; empty for none.
    package var unixSocket = ""
    /// Mode of the Unix domain socket; 0 leaves it to the umask.
    package var unixSocketPermissions = 0
    /// Group of users that the Unix domain socket belongs to; empty leaves it to the process's own.
    package var unixSocketGroup = ""
    /// Length of the queue of connections that the kernel has accepted and the server has not.
    package var tcpBacklog = 511
    /// Seconds of silence before the kernel probes a connection; 0 never probes.
    package var tcpKeepaliveSeconds = 300
    /// Refuse connections from other hosts while there is no password.
    package var protectedMode = true

    // MARK: Clients

    /// Password of the default user; empty for none.
    package var requirepass: [UInt8] = []
    /// SHA-256 of the default user's passwords, in hexadecimal, as a `user` line of the file has them. As long as there
    /// are any, they count and `requirepass` does not; setting that one forgets them.
    package var passwordHashes: [[UInt8]] = []
    /// Whether the default user needs a password.
    package var hasPassword: Bool { !requirepass.isEmpty || !passwordHashes.isEmpty }
    /// Seconds after which an idle client is disconnected; 0 never.
    package var idleTimeoutSeconds = 0
    /// Connections served at a time.
    package var clientsMax = 10000
    /// Bytes a single argument may have.
    package var bulkBytesMax = ParserLimits.usualBulkBytesMax
    /// Bytes of an unfinished request that are kept for one connection.
    package var queryBufferBytesMax = ParserLimits.usualQueryBufferBytesMax
    /// What may wait to be sent, by class of client.
    package var outputBufferLimits = OutputBufferLimits()

    /// What commands are called: `rename-command`.
    package var commandNames = CommandNames()

    // MARK: Execution

    /// Reactors, each a thread with its own connections.
    package var threads = 1
    /// The kernel interface that moves bytes.
    package var ioBackend = IOBackend.auto
    /// Whether the kernel is lent the pages of large values, where it can be, instead of copying them.
    package var lendsLargeValues = true
    /// Databases that SELECT can choose.
    package var databases = 16
    /// Rounds of periodic duties per second, 1 to 500: told, without an effect, as the housekeeping has its own pace.
    package var hz = 10
    /// How much time expiry may take, 1 (least) to 10: told, without an effect, as due keys go in time at any number.
    package var activeExpireEffort = 1
    /// Move on the resizes of tables in idle time as well, not only with each write.
    package var resizesWhenIdle = true
    /// Secret text that seeds the key hash; empty for a random seed at each start.
    package var hashSeed: [UInt8] = []
    /// Where this server runs, as told by HELLO and INFO; empty says nothing.
    package var availabilityZone: [UInt8] = []
    /// Let jemalloc return unused pages from a thread of its own.
    package var allocatorBackgroundThread = true
    /// When values are freed in the background instead of by the command that removed them: told, without an effect, as
    /// large ones always are.
    package var lazyFree = LazyFree()
    /// When compact encodings turn into the general ones.
    package var encodings = EncodingLimits()

    // MARK: Observation

    /// What is told about the time that commands take.
    package var latency = LatencySettings()
    /// What the command log keeps.
    package var commandLog = CommandLogConfiguration()
    /// Who may use DEBUG.
    package var debugCommand = Permission.no
    /// Who may change directives that decide where the server writes.
    package var protectedConfigs = Permission.no
    /// Settings of features that are off or missing, by directive: kept and told, without an effect. Absent: default.
    package var idle: [String: [UInt8]] = [:]

    // MARK: Process and log

    /// Working directory, absolute once loaded.
    package var directory = "."
    /// File that receives the process's number while the server runs; empty for none.
    package var processFile = ""
    /// Show the bird in the log at the start.
    package var alwaysShowsLogo = false
    package var logLevel = LogLevel.notice
    /// Path of the log; empty for the standard output.
    package var logFile = ""
    package var logFormat = LogFormat.legacy
    package var logTimestampFormat = LogTimestampFormat.legacy
    /// What the process is to those who look after it.
    package var service = ServiceSettings()

    /// The defaults on a machine.
    /// - Parameters:
    ///   - processors: CPUs that the process may use; one reactor runs on each, up to `threadsMax`.
    ///   - directory: the working directory at the start.
    package init(processors: Int = 1, directory: String = ".") {
        threads = min(max(processors, 1), Self.threadsMax)
        self.directory = directory
    }

    /// As many as the reference allows for `io-threads`.
    package static let threadsMax = 256
    /// More databases than the reference's users have; it allows 2^31.
    package static let databasesMax = 16_384
    /// The least that `proto-max-bulk-len` and `client-query-buffer-limit` may be: the reference's.
    package static let bulkBytesMin = 1 << 20
    package static let queryBufferBytesMin = 1 << 20
    /// Addresses in `bind`: what the reference allows.
    package static let bindAddressesMax = 16
    /// Above 500 rounds a second the duties would cost more than they bring; larger values are lowered to it.
    package static let hzRange = 1...500
}

/// What INFO and LATENCY tell about the time that commands take.
package struct LatencySettings: Sendable, Equatable {
    /// Milliseconds from which on an event is worth remembering; 0 remembers none.
    package var monitorThresholdMs = 0
    /// Whether INFO has percentiles. The calls are counted by their time anyhow.
    package var isTracked = true
    /// The percentiles in INFO, each 0 to 100.
    package var percentiles = [50, 99, 99.9]

    /// A percentile with the six digits that are written.
    static func rounded(_ percentile: Double) -> Double { (percentile * 1_000_000).rounded() / 1_000_000 }

    /// A percentile as INFO and CONFIG GET write it: six digits after the point, and no zeros at its end.
    static func text(percentile: Double) -> String {
        let millionths = Int((percentile * 1_000_000).rounded())
        let (whole, part) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
        if part == 0 { return String(whole) }
        let digits = String(part + 1_000_000).dropFirst().reversed().drop { $0 == "0" }
        return "\(whole)." + String(digits.reversed())
    }
}

/// The kernel interface under the reactors.
package enum IOBackend: String, CaseIterable, Sendable {
    case ioUring = "io_uring"
    case epoll
    /// io_uring where the kernel and its policy allow it, epoll elsewhere.
    case auto
}

/// To whom something dangerous is open.
package enum Permission: String, CaseIterable, Sendable {
    case no
    case yes
    /// Clients on the same machine.
    case local
}

/// From where on commands are logged, and how many.
package struct CommandLogConfiguration: Sendable, Equatable {
    /// One kind of entries.
    package struct Setting: Sendable, Equatable {
        /// Microseconds or bytes; -1 logs nothing.
        package var limit: Int
        /// Entries that are kept.
        package var lengthMax = 128
    }
    package var slow = Setting(limit: 10000)
    package var largeRequest = Setting(limit: 1 << 20)
    package var largeReply = Setting(limit: 1 << 20)
}

/// Which removals leave the freeing of large values to the background.
package struct LazyFree: Sendable, Equatable {
    package var eviction = true
    package var expire = true
    /// Values overwritten by RENAME, SET and the like.
    package var serverDelete = true
    /// DEL acts as UNLINK.
    package var userDelete = true
    /// FLUSHALL and FLUSHDB without an option.
    package var userFlush = true
}

/// Thresholds of the compact encodings. Counts are elements, `Value` and `Bytes` are bytes. Those of types that are not
/// stored yet are told, without an effect.
package struct EncodingLimits: Sendable, Equatable {
    package var hashListpackEntries = 512
    package var hashListpackValue = 64
    /// Positive: elements per node. -1 to -5: 4, 8, 16, 32 or 64 kB per node.
    package var listListpackSize = -2
    /// Nodes at each end that are never compressed; 0 compresses nothing.
    package var listCompressDepth = 0
    package var setIntsetEntries = 512
    package var setListpackEntries = 128
    package var setListpackValue = 64
    package var zsetListpackEntries = 128
    package var zsetListpackValue = 64
    package var streamNodeBytes = 4096
    package var streamNodeEntries = 100
    package var hllSparseBytes = 3000
}

// Workload: what is asked of a server: groups of clients, and for each what they send and how often.
// A description without state; `Run` makes threads and connections of it.

/// One command or block of a mix.
package struct WeightedTemplate: Sendable {
    package var template: CommandTemplate
    package var weight: Double
    /// Its replies are compared with the value of the key drawn last.
    package var isChecked = false
    /// It waits for what others send, and is timed by the `{time}`s in its reply instead of by its waiting.
    package var isDelivery = false
    /// Sent for the ids of the stream entries in the reply, which follow its words (XACK stream group).
    package var acknowledgement: [String]?
    /// Sent for the same key when the reply was nil, as a cache is filled.
    package var onMiss: CommandTemplate?
    /// What the reply is needed for, as part of the same request.
    package var nextStep: NextStep?

    package enum NextStep: Sendable {
        /// Sent for the same key, as a read-modify-write's write.
        case command(CommandTemplate)
        /// HGETALL of each key in the reply, together.
        case records
    }

    package init(
        _ template: CommandTemplate, weight: Double = 1, isChecked: Bool = false, onMiss: CommandTemplate? = nil,
        acknowledgement: [String]? = nil
    ) {
        self.template = template
        self.weight = weight
        self.isChecked = isChecked
        self.onMiss = onMiss
        self.acknowledgement = acknowledgement
    }
}

package struct ClientGroup: Sendable {
    package enum Role: Sendable {
        /// Sends requests and waits for the replies.
        case requests
        /// Only receives messages after its opening commands.
        case subscriber
        /// Connected and silent.
        case idle
        /// As requests, but without a share of the run's number of requests: it goes on until the others are done.
        case companion
    }

    /// redis-benchmark's.
    package static let usualConnections = 50

    package var role = Role.requests
    package var connections = usualConnections
    /// Requests on their way on one connection. In an open loop: how many may be, and are sent in one burst.
    package var pipeline = 1
    package var mix: [WeightedTemplate] = []
    package var popularity = Popularity.uniform
    package var keyCount: UInt64 = 1
    package var keyPrefix: [UInt8] = Array("key:".utf8)
    package var sizes = SizeDistribution.usual
    /// Data are a function of their keys, so that replies can be checked.
    package var isChecked = false
    /// All its keys have been written and none is removed, so that a checked reply of nil is a lost write.
    package var isComplete = false
    /// Arrivals per second over all connections and threads; nil: closed loop.
    package var rate: Double?
    package var arrivals = ArrivalKind.poisson
    /// In an open loop: requests that may be on their way on one connection.
    package var outstandingMax = 1 << 16
    /// Sent on each connection before it starts; `{conn}` in it becomes the connection's number.
    package var opening: [CommandTemplate] = []
    /// A connection serves one batch only, then a new one is made.
    package var reconnects = false
    /// A capture is replayed at this multiple of its recorded pace; nil: as fast as the loop goes.
    package var replaySpeed: Double?
    /// Requests from a trace or capture instead of the mix's own draws.
    package var feed: Feed?

    package init() {}
}

package struct Workload: Sendable {
    package var name: String
    package var groups: [ClientGroup]

    package init(name: String, groups: [ClientGroup]) {
        self.name = name
        self.groups = groups
    }
}

/// Requests prescribed one by one.
package enum Feed: Sendable {
    /// Keys in the order of a trace, with sizes where it has them. For each the template of its operation is sent.
    case trace(Trace)
    /// Whole encoded requests, each on the connection of its client.
    case capture(Capture)
}

/// How long a run goes on.
package struct Extent: Sendable, Equatable {
    /// Requests of the groups that have a share in it.
    package var requests: UInt64?
    package var seconds: Double?
    /// Not counted, at the start.
    package var warmupSeconds = 0.0
    /// Without any reply for so long, the server is given up.
    package var patienceSeconds = 30.0

    /// The patience as messages tell it.
    var patience: String {
        patienceSeconds == patienceSeconds.rounded() ? "\(Int(patienceSeconds)) s" : "\(patienceSeconds) s"
    }

    package init(requests: UInt64? = nil, seconds: Double? = nil) {
        self.requests = requests
        self.seconds = seconds
    }
}

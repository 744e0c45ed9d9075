// GroupState: one thread's share of a group of clients: encoded templates, generator state, schedule, connections.

import Network

/// What a reply is compared with.
enum Check: UInt8 {
    case nothing
    /// The value of the key drawn last.
    case value
    /// The same, of whatever length: a trace's object may change its size.
    case anyLength
    /// A value for each field of a record.
    case record
    /// Its score.
    case score
    /// How many of the run's subscribers hear it, which is compared with what they have heard, at the end.
    case receivers

    /// What a command replies with, when it is to be checked.
    init(_ entry: WeightedTemplate, isOfTrace: Bool) {
        guard entry.isChecked else {
            self = .nothing
            return
        }
        if case .records? = entry.nextStep {
            self = .record
            return
        }
        switch entry.template.commandName {
        case "ZSCORE": self = .score
        case "HGETALL": self = .record
        case "PUBLISH": self = .receivers
        default: self = isOfTrace ? .anyLength : .value
        }
    }
}

/// A template of a group as the thread uses it.
struct Choice: ~Copyable {
    var template: EncodedTemplate
    /// Its number in the workload.
    var command: UInt16
    var kind: Flight.Kind
    var check: Check
    /// It is HGETALL, or leads to it, which finds nothing where an empty array is its reply.
    let readsRecords: Bool
    /// Draws below it, and not below an earlier one's, choose this.
    var threshold: UInt32
    /// What its reply calls for, and the choice that is, or -1.
    var follow = Follow.nothing
    var follower = -1
    /// For an acknowledgement: its leading words, encoded, and how many they are.
    var words: [UInt8] = []
    var wordCount = 0
}

/// What is sent after a reply.
enum Follow: UInt8 {
    case nothing
    /// The follower, if the reply was nil.
    case onMiss
    /// The follower's words and the ids in the reply.
    case acknowledgement
    /// The follower, as the request's second step.
    case step
    /// A read of each key in the reply, as the request's second step.
    case records

    init(_ entry: WeightedTemplate) {
        switch entry.nextStep {
        case .command: self = .step
        case .records: self = .records
        case nil: self = entry.onMiss != nil ? .onMiss : entry.acknowledgement != nil ? .acknowledgement : .nothing
        }
    }
}

@safe
struct GroupState: ~Copyable {
    let role: ClientGroup.Role
    /// The number of its first command within the workload.
    let firstCommand: Int
    let pipeline: Int
    let outstandingMax: Int
    let reconnects: Bool
    let isComplete: Bool
    /// This thread's share.
    let connectionCount: Int
    /// The number of its first connection within the run.
    let firstNumber: UInt64
    let isOpenLoop: Bool
    var renderer: Renderer
    var schedule: ArrivalSchedule?
    let choices: UnsafeMutablePointer<Choice>
    let choiceCount: Int
    /// Choices of the mix; the rest only follow replies.
    let mixCount: Int
    /// One template of fixed size whose replies need no look: batches are rendered and entered whole.
    let isUniform: Bool
    let opening: UnsafeMutablePointer<EncodedTemplate>
    let openingCount: Int
    let acknowledgements: UInt32
    let feed: Feed?
    /// The thread's next access of a trace; it takes every `lanes`-th.
    var feedPosition: Int
    var captureLane: CaptureLane?
    /// The number of the group's first connection, over all threads.
    let baseNumber: UInt64
    let lanes: Int
    let replaySpeed: Double?
    /// The slots of its ready connections, for an open loop to go round.
    var ring: [Int32] = []
    var ringPosition = 0

    /// Leaves out the request that is due next in a replay at its times.
    mutating func passOverRecorded() {
        if captureLane != nil { captureLane?.advance() } else { feedPosition += lanes }
    }

    /// What may throw comes first: a half-made owner could not be destroyed.
    static func make(
        _ group: ClientGroup, firstCommand: Int, firstNumber: UInt64, plan: WorkerPlan, seed: UInt64,
        sequences: Sequences
    ) throws(CommandTemplate.ParseError) -> GroupState {
        let choices = unsafe try encodeMix(group, firstCommand: firstCommand)
        let opening = unsafe try encodeOpening(group, plan.endpoint)
        return unsafe GroupState(
            group, choices, opening, firstCommand: firstCommand, firstNumber: firstNumber, plan: plan, seed: seed,
            sequences: sequences)
    }

    private init(
        _ group: ClientGroup, _ choices: UnsafeMutablePointer<Choice>, _ opening: UnsafeMutablePointer<EncodedTemplate>,
        firstCommand: Int, firstNumber: UInt64, plan: WorkerPlan, seed: UInt64, sequences: Sequences
    ) {
        let (lane, lanes) = (plan.index, plan.threads)
        unsafe self.choices = choices
        unsafe self.opening = opening
        mixCount = group.mix.count
        isUniform = unsafe group.mix.count == 1 && group.feed == nil && choices[0].kind == .plain
            && choices[0].template.fixedCount >= 0
        choiceCount = group.mix.count + group.mix.filter { $0.follower != nil }.count
        openingCount = plan.endpoint.opening.count + group.opening.count
        role = group.role
        self.firstCommand = firstCommand
        pipeline = group.pipeline
        outstandingMax = max(group.outstandingMax, group.pipeline)
        reconnects = group.reconnects
        isComplete = group.isComplete
        connectionCount = group.connections / lanes + (lane < group.connections % lanes ? 1 : 0)
        self.firstNumber = firstNumber + UInt64(group.connections / lanes * lane + min(lane, group.connections % lanes))
        isOpenLoop = group.rate != nil || group.replaySpeed != nil
        self.lanes = lanes
        feed = group.feed
        feedPosition = lane
        baseNumber = firstNumber
        if case .capture(let capture) = group.feed {
            let first = Int(self.firstNumber - firstNumber)
            captureLane = CaptureLane(capture, clients: first..<first + connectionCount)
        }
        replaySpeed = group.replaySpeed
        renderer = Renderer(
            popularity: group.popularity, keyCount: group.keyCount, sizes: group.sizes, pool: plan.pool,
            isChecked: group.isChecked, seed: seed, lane: lane, lanes: lanes, sequences: sequences)
        let channels = group.opening.reduce(0) { $0 + $1.commands.reduce(0) { $0 + $1.count - 1 } }
        acknowledgements = group.role == .subscriber ? UInt32(channels) : 0
    }

    /// The mix, then the commands that follow replies.
    @unsafe
    private static func encodeMix(
        _ group: ClientGroup, firstCommand: Int
    ) throws(CommandTemplate.ParseError) -> UnsafeMutablePointer<Choice> {
        let followers = group.mix.filter { $0.follower != nil }.count
        let choices = UnsafeMutablePointer<Choice>.allocate(capacity: max(1, group.mix.count + followers))
        let total = group.mix.reduce(0) { $0 + $1.weight }
        var (sum, place, nextCommand) = (0.0, group.mix.count, firstCommand + group.mix.count)
        for (index, entry) in group.mix.enumerated() {
            sum += entry.weight
            let share = index == group.mix.count - 1 ? 1 : sum / total
            let encoded = try EncodedTemplate(entry.template, sizes: group.sizes, keyPrefix: group.keyPrefix)
            let kind = flightKind(entry, encoded, group)
            let follow = Follow(entry)
            let readsRecords = entry.template.commandName == "HGETALL" && encoded.replyCount == 1 || follow == .records
            unsafe (choices + index).initialize(
                to: Choice(
                    template: encoded, command: UInt16(firstCommand + index), kind: kind,
                    check: Check(entry, isOfTrace: group.feed != nil), readsRecords: readsRecords,
                    threshold: UInt32(min(share * 0x1p32, 0x1p32 - 1)), follow: follow))
            guard let follower = entry.follower else { continue }
            unsafe choices[index].follower = place
            let following = try EncodedTemplate(follower, sizes: group.sizes, keyPrefix: group.keyPrefix)
            // A second step is counted as the first.
            let command = follow == .step ? firstCommand + index : nextCommand
            if follow != .step { nextCommand += 1 }
            let followerKind: Flight.Kind = following.replyCount > 1 ? .block : .plain
            unsafe (choices + place).initialize(
                to: Choice(
                    template: following, command: UInt16(command), kind: followerKind, check: .nothing,
                    readsRecords: false, threshold: 0))
            if let words = entry.acknowledgement {
                unsafe choices[place].words = words.flatMap { Array("$\($0.utf8.count)\r\n\($0)\r\n".utf8) }
                unsafe choices[place].wordCount = words.count
            }
            place += 1
        }
        return unsafe choices
    }

    /// How the requests of an entry of the mix are kept while they are on their way.
    private static func flightKind(
        _ entry: WeightedTemplate, _ encoded: borrowing EncodedTemplate, _ group: ClientGroup
    ) -> Flight.Kind {
        // Only there a key's being there matters.
        if encoded.newKeyCount > 0, case .latest = group.popularity { return .insert }
        if encoded.replyCount > 1 { return .block }
        if entry.nextStep != nil { return .step }
        if entry.isDelivery { return .delivery }
        return entry.isChecked || entry.follower != nil ? .watched : .plain
    }

    @unsafe
    private static func encodeOpening(
        _ group: ClientGroup, _ endpoint: Endpoint
    ) throws(CommandTemplate.ParseError) -> UnsafeMutablePointer<EncodedTemplate> {
        let templates = endpoint.opening.map(CommandTemplate.init(literal:)) + group.opening
        let opening = UnsafeMutablePointer<EncodedTemplate>.allocate(capacity: max(1, templates.count))
        for (index, template) in templates.enumerated() {
            unsafe (opening + index).initialize(
                to: try EncodedTemplate(template, sizes: group.sizes, keyPrefix: group.keyPrefix))
        }
        return unsafe opening
    }

    deinit {
        for index in 0..<choiceCount { unsafe (choices + index).deinitialize(count: 1) }
        for index in 0..<openingCount { unsafe (opening + index).deinitialize(count: 1) }
        unsafe choices.deallocate()
        unsafe opening.deallocate()
    }

    /// Opening commands whose replies are replies; a subscriber's last ones get messages.
    func openingReplies(endpointCommands: Int) -> Int { role == .subscriber ? endpointCommands : openingCount }

    /// Draws a choice of the mix.
    @inline(__always)
    mutating func choose() -> Int {
        if mixCount == 1 { return 0 }
        let draw = UInt32(truncatingIfNeeded: renderer.random.next() >> 32)
        for index in 0..<mixCount - 1 {
            if unsafe draw < choices[index].threshold { return index }
        }
        return mixCount - 1
    }

    /// Names of the commands a group reports, in the order of their numbers.
    static func commandNames(_ group: ClientGroup) -> [String] {
        switch group.feed {
        case .capture(let capture): capture.names
        default:
            group.role == .subscriber
                ? ["message"]
                : group.mix.map(\.template.name) + group.mix.compactMap { entry in
                    switch Follow(entry) {
                    case .onMiss: entry.onMiss.map { "\($0.name) (on miss)" }
                    case .acknowledgement: entry.follower?.name
                    default: nil
                    }
                }
        }
    }
}

extension WeightedTemplate {
    /// What follows a reply of this one.
    var follower: CommandTemplate? {
        if case .command(let template) = nextStep { return template }
        return onMiss ?? acknowledgement.map(CommandTemplate.init(literal:))
    }
}

extension CommandTemplate {
    /// Without placeholders: braces are braces.
    init(literal arguments: [String]) {
        commands = [arguments.map { [.literal(Array($0.utf8))] }]
        name = arguments[0]
    }
}

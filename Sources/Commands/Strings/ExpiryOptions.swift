// ExpiryOptions: EX, PX, EXAT, PXAT, KEEPTTL and PERSIST as SET, GETEX and MSETEX take them.

internal import Memory

/// What the options said of the expiry: nothing, or one of the ways; the same one may be said twice, the last counts.
struct ExpiryOptions {
    enum Choice: Equatable {
        case none
        case keep
        case persist
        case moment(ExpiryUnit)
    }

    private(set) var choice = Choice.none
    /// The argument with the amount of a moment.
    private var amountIndex = 0

    /// Takes `word` if it is one of these options, with its value; false if it is another word.
    /// `keyword` is the one of KEEPTTL and PERSIST that the command has.
    mutating func take(
        _ word: ByteView, _ options: inout Request.Options, keyword: Choice
    ) throws(CommandError) -> Bool {
        if word.isWord("KEEPTTL") || word.isWord("PERSIST") {
            let said: Choice = word.isWord("KEEPTTL") ? .keep : .persist
            guard said == keyword, choice == .none || choice == said else { throw .syntax }
            choice = said
            return true
        }
        guard let unit = ExpiryUnit(option: word) else { return false }
        guard choice == .none || choice == .moment(unit) else { throw .syntax }
        choice = .moment(unit)
        amountIndex = options.index
        _ = try options.value()
        return true
    }

    /// The moment that was said in Unix milliseconds, nil if none was.
    func moment(_ request: Request, nowMs: Int64) throws(CommandError) -> Int64? {
        guard case .moment(let unit) = choice else { return nil }
        return try request.expiry(at: amountIndex, unit, nowMs: nowMs)
    }
}

extension Request {
    /// Argument `index` as the expiry of a value that is being stored: positive, and within 64 bits of milliseconds.
    func expiry(at index: Int, _ unit: ExpiryUnit, nowMs: Int64) throws(CommandError) -> Int64 {
        let amount = try integer(at: index)
        guard amount > 0, let moment = unit.moment(amount, nowMs: nowMs) else { throw .invalidExpire }
        return moment
    }
}

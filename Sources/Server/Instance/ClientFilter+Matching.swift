// Which clients pass the filters of CLIENT LIST and KILL.

internal import Commands
internal import Network

extension ClientFilter {
    /// Whether a client of this number may pass. To tell more, its addresses have to be asked for.
    func admits(id: UInt64) -> Bool {
        wanted.ids?.contains(id) ?? true && !(excluded.ids?.contains(id) ?? false)
    }

    /// Whether the client passes every filter. Who is asking is not looked at.
    func matches(_ client: ClientDescription) -> Bool {
        if let maxAgeSeconds, client.ageSeconds < maxAgeSeconds { return false }
        if let minIdleSeconds, client.idleSeconds < minIdleSeconds { return false }
        return wanted.allAre(true, of: client) && excluded.allAre(false, of: client)
    }
}

extension ClientFilter.Criteria {
    /// Whether each criterion that is named is as `expected`, hence holds or does not.
    fileprivate func allAre(_ expected: Bool, of client: ClientDescription) -> Bool {
        func isExpected(_ holds: Bool?) -> Bool { holds == nil || holds == expected }
        return isExpected(ids?.contains(client.id))
            // Every client is a normal one, there are neither replicas nor subscribers, and one user.
            && isExpected(kind.map { $0 == .normal })
            && isExpected(user.map { _ in true })
            && isExpected(database.map { $0 == client.database })
            && isExpected(address.map { Self.isSame($0, Array(client.address.utf8)) })
            && isExpected(localAddress.map { Self.isSame($0, Array(client.localAddress.utf8)) })
            && isExpected(ip.map { Self.isSame($0, Array(SocketAddress.host(client.address).utf8)) })
            && isExpected(name.map { Self.isSame($0, client.name) })
            && isExpected(libraryName.map { Self.isSame($0, client.libraryName) })
            && isExpected(libraryVersion.map { Self.isSame($0, client.libraryVersion) })
            && isExpected(flags.map { $0.allSatisfy(client.flags.utf8.contains) })
            // The only capability is "r".
            && isExpected(capability.map { $0.isEmpty || client.canRedirect })
    }

    /// Whether two texts are the same as far as the first NUL. A name that has not been given is like no other, the
    /// empty one included.
    private static func isSame(_ criterion: [UInt8], _ text: [UInt8]) -> Bool {
        !text.isEmpty && criterion.prefix { $0 != 0 } == text.prefix { $0 != 0 }
    }
}

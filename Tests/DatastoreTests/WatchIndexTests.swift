// The index of watches: who watches a key with many others comes and goes alone.

import Testing

@testable import Datastore

@Suite struct WatchIndexTests {
    private let key = OwnedKey(database: 0, bytes: Array("k".utf8))

    @Test func eachGoesAlone() {
        let index = WatchIndex()
        let tokens = (0..<100).map { _ in WatchToken() }
        for (number, token) in tokens.enumerated() { index.insert(key, token, wasExpired: number % 2 == 0) }
        for (number, token) in tokens.enumerated() {
            #expect(index.contains(key, token) && index.wasExpired(key, token) == (number % 2 == 0))
        }
        // The key's removal is no change to those who saw it expired, and from then on any other is.
        index.touch(key, isGone: true)
        #expect(tokens.map(\.isChanged) == (0..<100).map { $0 % 2 == 1 })
        for token in tokens.dropFirst(2) {
            index.remove(key, token)
            index.remove(key, token)
            #expect(!index.contains(key, token) && !index.isEmpty)
        }
        index.touch(key, isGone: false)
        #expect(tokens.prefix(4).map(\.isChanged) == [true, true, false, true])
        for token in tokens { index.remove(key, token) }
        #expect(index.isEmpty && index.keys(inDatabase: 0).isEmpty)
    }

    /// The key was expired when it was watched: only its removal is no change.
    @Test func aWriteToAnExpiredKeyIsAChange() {
        let index = WatchIndex()
        let token = WatchToken()
        index.insert(key, token, wasExpired: true)
        index.touch(key, isGone: false)
        #expect(token.isChanged)
        index.remove(key, token)
    }
}

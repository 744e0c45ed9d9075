// The default user, as a line `user default …` of a configuration file describes it.

internal import Platform

extension Configuration {
    /// Follows a `user` line, if it says that the default user may do all, with a password or without one: CONFIG
    /// REWRITE of Redis and Valkey leaves such a line in every file. False for any other user.
    mutating func admitDefaultUser(_ words: [[UInt8]]) throws(Refusal) -> Bool {
        guard words.first == Array("default".utf8) else { return false }
        guard passwordHashes.isEmpty else {
            throw Self.userRefusal("Duplicate user found. A user can only be defined once in config files")
        }
        var rights: Set<String> = []
        var hashes: [[UInt8]] = []
        for word in words.dropFirst() {
            if word.first == UInt8(ascii: "#") {
                let hash = Array(word.dropFirst())
                guard hash.count == Digest.sha256DigitCount, hash.allSatisfy(Array("0123456789abcdef".utf8).contains)
                else {
                    throw Self.userRefusal(
                        "The password hash must be exactly \(Digest.sha256DigitCount) characters and contain only "
                            + "lowercase hexadecimal characters")
                }
                if !hashes.contains(hash) { hashes.append(hash) }
                continue
            }
            switch String(decoding: word, as: UTF8.self) {
            case "sanitize-payload": break
            // Those that come behind it are what holds.
            case "resetchannels": rights.remove("&*")
            case "allkeys": rights.insert("~*")
            case "allchannels": rights.insert("&*")
            case "allcommands": rights.insert("+@all")
            case let right: rights.insert(right)
            }
        }
        if hashes.isEmpty { return requirepass.isEmpty && rights == ["on", "nopass", "~*", "&*", "+@all"] }
        guard rights == ["on", "~*", "&*", "+@all"] else { return false }
        passwordHashes = hashes
        return true
    }

    private static func userRefusal(_ reason: String) -> Refusal {
        Refusal("Error in user declaration 'default': \(reason)")
    }
}

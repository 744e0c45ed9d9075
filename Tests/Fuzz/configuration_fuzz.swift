// Fuzzes the configuration: whatever a file or the arguments say, they are refused with a text or give settings that
// can be written down and read again as the same.
//
// Input: the configuration's text; what follows the first NUL is the file that any `include` finds, and what follows
// the second one, cut at NULs, the arguments.

import Server

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzConfiguration(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let parts = input.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
    let included = parts.count > 1 ? parts[1] : []
    let options = parts.dropFirst(2).map { String(decoding: $0, as: UTF8.self) }
    guard let configuration = load(parts[0], included, ["-"] + options) else { return 0 }

    let defaults = Configuration(processors: 3, directory: "/home")
    let written = configuration.rewritten([], defaults: defaults)
    precondition(load(written, [], ["-"]) == configuration, String(decoding: written, as: UTF8.self))
    // A file keeps its lines and can be rewritten twice.
    let rewritten = configuration.rewritten(parts[0], defaults: defaults)
    precondition(configuration.rewritten(rewritten, defaults: defaults) == rewritten)
    return 0
}

/// The settings that the text and the options give; nil if they are refused, in so many words.
private func load(_ text: [UInt8], _ included: [UInt8], _ arguments: [String]) -> Configuration? {
    let sources = ConfigurationSources(
        readFile: { _ in .bytes(included) }, readStandardInput: { .bytes(text) }, matchingPaths: { [$0] },
        changeDirectory: { .path($0) }, currentDirectory: "/home", processors: 3)
    do throws(ConfigurationError) {
        guard case .run(let configuration) = try Configuration.load(arguments: arguments, sources: sources) else {
            return nil
        }
        return configuration
    } catch {
        precondition(!error.text(version: "1").isEmpty)
        return nil
    }
}

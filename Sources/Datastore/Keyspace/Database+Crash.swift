// What a worker is executing, for the report of a crash: two stores per command.

internal import CPlatform
package import Memory

extension Database {
    /// This thread executes the command of this name, whose bytes live until the note is replaced or taken back.
    package static func noteCommand(_ name: ByteView) {
        unsafe apus_crash_note(name.base.assumingMemoryBound(to: UInt8.self), name.count)
    }

    /// This thread executes no command.
    package static func clearCommandNote() { apus_crash_note(nil, 0) }
}

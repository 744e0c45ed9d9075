// LatencyMonitor: moments at which something took longer than `latency-monitor-threshold`, by kind of event.
//
// Any worker notes them; LATENCY reads them. Slow events are rare by definition, so a lock does no harm.
// Invariant: an event has 1 to `samplesMax` samples, oldest first, at most one for a second.

internal import Commands
internal import Platform
internal import RESP

final class LatencyMonitor: Sendable {
    /// Samples kept for an event, as in the reference: two lines of a graph.
    static let samplesMax = 160

    private let events = Guarded<[String: LatencyEvent]>([:])

    /// Something of this kind took so long.
    func note(_ name: String, milliseconds: Int, unixSeconds: Int) {
        events.withLock { events in
            var event = events[name] ?? LatencyEvent(name: name)
            event.worstMs = max(event.worstMs, milliseconds)
            event.sumMs += milliseconds
            event.count += 1
            if let last = event.samples.last, last.unixSeconds == unixSeconds {
                event.samples[event.samples.count - 1].milliseconds = max(last.milliseconds, milliseconds)
            } else {
                if event.samples.count == Self.samplesMax { event.samples.removeFirst() }
                event.samples.append(LatencyEvent.Sample(unixSeconds: unixSeconds, milliseconds: milliseconds))
            }
            events[name] = event
        }
    }

    /// All events, by name.
    func all() -> [LatencyEvent] { events.withLock { $0.values.sorted { $0.name < $1.name } } }

    /// Forgets these events, whose names may be in capitals here (nil: all); returns how many there were.
    func reset(_ names: [String]?) -> Int {
        events.withLock { events in
            guard let names else {
                defer { events = [:] }
                return events.count
            }
            return names.count { name in
                events.removeValue(forKey: String(decoding: Array(name.utf8).lowercased(), as: UTF8.self)) != nil
            }
        }
    }
}

// Wake-ups: published work is always seen, however the wakers and the sleeper interleave.

import Glibc
import Memory
import Network
import Synchronization
import Testing

extension NetworkTests {
@Suite struct WakeTests {
    @Test(arguments: backends)
    func noneIsLost(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let waker = harness.loop.waker
        let threads = 3, each = 20_000
        let published = Mutex(0)
        let posted = Atomic(0)
        var running: [Thread] = []
        for _ in 0..<threads {
            running.append(Thread {
                for index in 0..<each {
                    published.withLock { $0 += 1 }
                    posted.add(1, ordering: .relaxed)
                    waker.wake()
                    if index % 64 == 0 { sched_yield() }
                }
            })
        }
        // Sleeps without a deadline: a lost wake-up would hang, so the watchdog's one proves the loss.
        var taken = 0
        let deadline = RunLoop.now + patience
        while taken < threads * each, RunLoop.now < deadline {
            _ = try harness.loop.wait(until: deadline)
            var wasWoken = false
            while let event = harness.loop.next() {
                if case .woken = event { wasWoken = true }
            }
            if wasWoken { published.withLock { taken += $0; $0 = 0 } }
        }
        for thread in running { thread.join() }
        #expect(taken == threads * each)
        #expect(posted.load(ordering: .relaxed) == threads * each)
    }

    @Test(arguments: backends)
    func loopsWakeEachOther(_ backend: RunLoop.Backend) throws {
        // Two loops pass a token: each sleeps until the other has woken it.
        let rounds = 5000
        let wakers = Mutex<[Waker?]>([nil, nil])
        let counts = Mutex([0, 0])
        let threads = [0, 1].map { side in
            Thread {
                do {
                    var loop = try RunLoop(RunLoop.Options(backend: backend))
                    wakers.withLock { $0[side] = loop.waker }
                    var other: Waker?
                    while other == nil { other = wakers.withLock { $0[1 - side] }; sched_yield() }
                    if side == 0 { loop.wake(other!) }
                    let deadline = RunLoop.now + patience
                    var count = 0
                    while count < rounds, RunLoop.now < deadline {
                        _ = try loop.wait(until: deadline)
                        while let event = loop.next() {
                            if case .woken = event { count += 1; loop.wake(other!) }
                        }
                    }
                    _ = try loop.wait(until: 0)
                    counts.withLock { $0[side] = count }
                    // A loop must outlive those who wake it.
                    while counts.withLock({ $0.contains(0) }), RunLoop.now < deadline { sched_yield() }
                } catch { Issue.record("\(error)") }
            }
        }
        for thread in threads { thread.join() }
        #expect(counts.withLock { $0 } == [rounds, rounds])
    }
}
}

/// A plain thread.
final class Thread {
    private var handle = pthread_t()
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    init(_ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run)).toOpaque()
        pthread_create(&handle, nil, { Unmanaged<Body>.fromOpaque($0!).takeRetainedValue().run(); return nil }, body)
    }

    func join() { pthread_join(handle, nil) }
}

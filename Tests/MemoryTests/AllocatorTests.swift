// The allocator's account: sizes as the linked allocator has them, sums that come out even over threads that end.

import CAllocator
import Glibc
import Memory
import TestSupport
import Testing

@Suite(.serialized) struct AllocatorTests {
    @Test func sizeClassesAreTheLinkedAllocators() {
        expect(Allocator.start())
        expect([0, 1, 8, 9, 16, 17, 100, 128, 129, 161, 256, 257].map(apus_usable_size)
            == [8, 8, 8, 16, 16, 32, 112, 128, 160, 192, 256, 320])
        // Doubling and quarter steps, all the way up.
        var previous = 0
        for size in stride(from: 1, to: 1 << 20, by: 7) {
            let usable = apus_usable_size(size)
            expect(usable >= size && usable >= previous && apus_usable_size(usable) == usable)
            expect(size < 16 || usable - size <= max(16, size / 4))
            previous = usable
        }
    }

    @Test func theThreadsAccountIsExact() {
        var random = SeededGenerator(seed: 5)
        let start = apus_thread_memory()
        var expected: Int64 = 0
        var blocks: [(UnsafeMutableRawPointer, Int)] = []
        for _ in 0..<5000 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let size = Int.random(in: 0...5000, using: &random)
                blocks.append((apus_allocate(size), size))
                expected += Int64(apus_usable_size(size))
            case 2:
                let size = Int.random(in: 0...500, using: &random)
                let block = apus_allocate_zeroed(size)
                for index in 0..<size { expect(block.load(fromByteOffset: index, as: UInt8.self) == 0) }
                blocks.append((block, size))
                expected += Int64(apus_usable_size(size))
            case 3 where !blocks.isEmpty:
                let index = Int.random(in: 0..<blocks.count, using: &random)
                let size = Int.random(in: 0...9000, using: &random)
                expected += Int64(apus_usable_size(size)) - Int64(apus_usable_size(blocks[index].1))
                blocks[index] = (apus_resize(blocks[index].0, blocks[index].1, size), size)
            case 4 where !blocks.isEmpty:
                let (block, size) = blocks.remove(at: Int.random(in: 0..<blocks.count, using: &random))
                apus_free(block, size)
                expected -= Int64(apus_usable_size(size))
            default: break
            }
            expect(apus_thread_memory() - start == expected)
        }
        for (block, size) in blocks { apus_free(block, size) }
        expect(apus_thread_memory() == start)
    }

    /// Blocks allocated here and freed by threads that then end: their negative sums stay in the account. Other suites
    /// run at the same time, so the proof is a block too large for them to hide.
    @Test func threadsThatEndLeaveTheirSums() {
        let size = 1 << 30  // address space only: untouched pages
        let before = apus_used_memory()
        let block = apus_allocate(size)
        expect(apus_used_memory() - before > Int64(size) / 2)
        final class Box: @unchecked Sendable {
            let block: UnsafeMutableRawPointer
            init(_ block: UnsafeMutableRawPointer) { self.block = block }
        }
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Box(block))
        pthread_create(&thread, nil, { context in
            apus_free(Unmanaged<Box>.fromOpaque(context!).takeRetainedValue().block, 1 << 30)
            // A chunk that this thread keeps when it releases it, and that its end must give back.
            apus_chunk_release(apus_chunk_create(10))
            return nil
        }, context.toOpaque())
        pthread_join(thread, nil)
        expect(abs(apus_used_memory() - before) < Int64(size) / 2)
    }

    @Test func statisticsAreSane() {
        let statistics = Allocator.statistics()
        expect(statistics.residentSet > 1 << 20)
        expect(statistics.allocated > 0 && statistics.active >= statistics.allocated)
        expect(Allocator.name == "libc" || Allocator.name.hasPrefix("jemalloc-5"))
        Allocator.purge()
    }

    @Test func configurationIsCompiledIn() {
        guard Allocator.name != "libc" else { return }
        expect(apus_allocator_control("background_thread") == 1)
        expect(apus_allocator_control("opt.background_thread") == 1)
        expect(apus_allocator_control("opt.dirty_decay_ms") == 5000)
        expect(apus_allocator_control("no.such.thing") == -1)
    }
}

internal import ArgumentParser
internal import LoadGenerator
internal import Network
struct Bench: ParsableCommand {
  @Option var p: UInt16 = 7801
  @Option var P: Int = 16
  @Flag var e = false
  @Option var n: UInt64 = 4000000
  mutating func run() throws {
    var g = ClientGroup(); g.pipeline = P; g.keyCount = 100000
    g.mix = [WeightedTemplate(try CommandTemplate(line: "GET key:__rand_int__"))]
    var run = Run(Workload(name: "get", groups: [g]), on: Endpoint(p == 0 ? "/tmp/bench/vk.sock" : "\(p)")!, extent: Extent(requests: n)); if e { run.backend = .epoll }; let r = try run()
    print(r.requests, r.rate, r.clientCPUSeconds, Double(r.requests)/r.clientCPUSeconds, r.failure ?? "", r.errors, r.misses)
  }
}
Bench.main()

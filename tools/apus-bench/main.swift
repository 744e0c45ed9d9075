internal import ArgumentParser
internal import LoadGenerator
struct Bench: ParsableCommand {
  @Option var p: UInt16 = 7801
  @Option var P: Int = 16
  @Option var n: UInt64 = 4000000
  mutating func run() throws {
    var g = ClientGroup(); g.pipeline = P; g.keyCount = 100000
    g.mix = [WeightedTemplate(try CommandTemplate(line: "GET key:__rand_int__"))]
    let r = try Run(Workload(name: "get", groups: [g]), on: Endpoint("\(p)")!, extent: Extent(requests: n))()
    print(r.requests, r.rate, r.clientCPUSeconds, Double(r.requests)/r.clientCPUSeconds, r.failure ?? "", r.errors, r.misses)
  }
}
Bench.main()

// Connections within the machine are not paced; those from elsewhere get what the system's administrator has chosen.

import Glibc
import Network
import Testing

extension NetworkTests {
@Suite struct CongestionTests {
    func algorithm(of descriptor: Int32) -> String {
        var name = [UInt8](repeating: 0, count: 16)
        var length = socklen_t(name.count)
        let code = getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, &name, &length)
        return code == 0 ? Array(name.prefix { $0 != 0 }).text : ""
    }

    @Test(arguments: backends)
    func neighboursAreNotPaced(_ backend: RunLoop.Backend) throws {
        let harness = try Harness(backend)
        let (client, connection) = try harness.client(port: harness.listen())
        let systems = algorithm(of: client.descriptor), ours = algorithm(of: harness.descriptors[connection] ?? -1)
        #expect(ours == (systems.hasPrefix("bbr") ? "reno" : systems))
    }
}
}

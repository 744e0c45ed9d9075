internal import Glibc
package enum Thread { package static func start(name: String, _ body: @escaping @Sendable () -> Void) { body() } }

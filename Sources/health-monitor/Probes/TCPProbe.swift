import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// Opens a connection, with `tls` including the handshake: type `tcp`.
///
/// - `host`, `port`; `tls` (false), `caFile`.
/// - `certificateDays` (14): with `tls`, degraded if the certificate expires in fewer days; 0 disables the check.
struct TCPProbe: Probe {
    static let type = "tcp"

    private let peer: PeerAddress
    private let certificateDays: Int

    init(reading section: ConfigurationSection) {
        peer = PeerAddress(reading: section, port: nil)
        certificateDays = section.integer("certificateDays", in: 0...3650, default: 14)
    }

    /// A probe that ignores certificates.
    init(connectingTo peer: PeerAddress) {
        self.peer = peer
        certificateDays = 0
    }

    var isLocal: Bool { peer.isLocal }
    var address: String { "tcp://\(peer.description)" }

    func run(with tools: ProbeTools, timeout: Duration) async -> ProbeResult {
        do {
            let reply = try await tools.client.exchange(peer.exchange(timeout: timeout))
            var result = ProbeResult(
                status: .healthy, message: "it accepts connections", responseTime: reply.elapsed)
            if certificateDays > 0, let certificate = reply.certificate {
                let check = CertificateCheck.check(certificate, now: .now(), warningDays: certificateDays)
                result.checks = [check]
                result.status = check.status
                if check.status != .healthy, let message = check.message { result.message = message }
            }
            return result
        } catch {
            return await .failed(error, timeout: timeout, tools)
        }
    }
}

import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

/// The remaining validity of a certificate and its issuers, as a sub-check. Pure.
enum CertificateCheck {
    static func check(_ certificate: Certificate, now: WallTime, warningDays: Int) -> ProbeResult.SubCheck {
        let seconds = Double(certificate.end) - Double(now.microseconds) / 1_000_000
        let days = seconds / 86_400
        let whose =
            certificate.subject.map { "the certificate \($0.line(limit: 100)) of its chain" } ?? "the certificate"
        var message =
            seconds <= 0
            ? "\(whose) has expired"
            : days < 1 ? "\(whose) expires within a day" : "\(whose) expires in \(Self.words(days))"
        var status: ProbeStatus = seconds <= 0 ? .unhealthy : days < Double(warningDays) ? .degraded : .healthy
        if !certificate.hasAlternativeName {
            let lack = "the certificate has no subject alternative name, and browsers refuse it"
            message = status == .healthy ? lack : "\(message); \(lack)"
            status = .worse(status, .degraded)
        }
        return ProbeResult.SubCheck(name: "certificate.days", status: status, message: message, value: days)
    }

    private static func words(_ days: Double) -> String {
        let whole = Int(days.rounded(.down).clamped(to: 0...1_000_000))
        return whole == 1 ? "1 day" : "\(whole) days"
    }
}

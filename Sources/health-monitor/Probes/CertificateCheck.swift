import KeepAliveKit

/// How long a certificate still holds, as a sub-check. Pure.
enum CertificateCheck {
    static func check(endingAt end: Int64, now: WallTime, warningDays: Int) -> ProbeResult.SubCheck {
        let seconds = Double(end) - Double(now.microseconds) / 1_000_000
        let days = seconds / 86_400
        let message =
            seconds <= 0
            ? "the certificate has expired"
            : days < 1 ? "the certificate ends within a day" : "the certificate ends in \(Self.words(days))"
        let status: ProbeStatus = seconds <= 0 ? .unhealthy : days < Double(warningDays) ? .degraded : .healthy
        return ProbeResult.SubCheck(name: "certificate.days", status: status, message: message, value: days)
    }

    private static func words(_ days: Double) -> String {
        let whole = Int(days.rounded(.down).clamped(to: 0...1_000_000))
        return whole == 1 ? "1 day" : "\(whole) days"
    }
}

extension Double {
    /// The number, or the nearest end of the range; what is no number is its lower end.
    func clamped(to range: ClosedRange<Double>) -> Double {
        isNaN ? range.lowerBound : min(max(self, range.lowerBound), range.upperBound)
    }
}

/// Combines the views of several vantages into one verdict on a service. Pure.
///
/// The status is unhealthy if more than half of the counted views say so, healthy likewise; if neither has enough, the
/// status before holds. `agree` fixes the number.
struct Quorum: Sendable, Equatable {
    /// How many views must agree; nil means more than half of the counted ones.
    var agree: Int?

    struct Verdict: Sendable, Equatable {
        var status: ProbeStatus
        /// Why the status is what it is, if the views alone do not show it.
        var reason: String?
        /// Whether the status is that of before, because too few views agree on another.
        var holds = false
    }

    /// The verdict on a service.
    ///
    /// - Parameters:
    ///   - views: of all vantages that check the service, one each.
    ///   - before: the combined status until now.
    func verdict(_ views: [VantageView], before: ProbeStatus) -> Verdict {
        let counted = views.filter(\.counts)
        let names = counted.map(\.vantage).sorted().joined(separator: ", ")
        guard !counted.isEmpty else {
            return Verdict(status: .unknown, reason: "cannot be judged: no vantage has a fresh result")
        }
        if let agree, agree > counted.count {
            let fresh = counted.count == 1 ? "only 1 vantage has" : "only \(counted.count) vantages have"
            return Verdict(
                status: .unknown, reason: "cannot be judged: agree is \(agree), but \(fresh) a fresh result (\(names))")
        }
        let need = agree ?? counted.count / 2 + 1
        func count(_ statuses: ProbeStatus...) -> Int { counted.count { statuses.contains($0.says) } }
        if count(.unhealthy) >= need { return Verdict(status: .unhealthy) }
        if count(.unhealthy, .degraded) >= need { return Verdict(status: .degraded) }
        // With a small `agree` both could have enough: then the failure wins, above.
        if count(.healthy) >= need { return Verdict(status: .healthy) }
        return Verdict(
            status: before == .maintenance ? .unknown : before,
            reason: "the vantages disagree, and the status before holds", holds: true)
    }
}

extension Quorum {
    /// The combined result of a service, for people and for the history.
    ///
    /// - Parameter isRaw: whether the last checks count instead of the vantages' own verdicts: for a service whose
    ///   failures are expected or explained, so that vantages do not count them.
    func result(_ views: [VantageView], before: ProbeStatus, isRaw: Bool = false) -> ProbeResult {
        var views = views.sorted { $0.vantage < $1.vantage }
        if isRaw { for index in views.indices { views[index].says = views[index].status } }
        let verdict = verdict(views, before: before)
        let counted = views.filter(\.counts)
        // An expected failure has no better witness than the first.
        let witness = counted.first { $0.says == verdict.status } ?? counted.first
        let times = counted.filter { $0.says == verdict.status }.compactMap(\.responseTime).sorted()
        return ProbeResult(
            status: verdict.status, message: Self.words(verdict, witness, views),
            responseTime: times.isEmpty ? nil : times[(times.count - 1) / 2],
            checks: witness?.checks ?? [], severity: witness?.severity)
    }

    private static func words(_ verdict: Verdict, _ witness: VantageView?, _ views: [VantageView]) -> String {
        guard let witness, verdict.status != .unknown || verdict.holds else { return verdict.reason ?? "unknown" }
        guard views.count > 1 else { return witness.message }
        let groups = [ProbeStatus.unhealthy, .degraded, .healthy].compactMap { status -> String? in
            let names = views.filter { $0.counts && $0.says == status }.map(\.vantage)
            return names.isEmpty ? nil : "\(status.rawValue) at \(names.joined(separator: ", "))"
        }
        let silent = views.filter { !$0.counts }.map(\.vantage)
        let parts = groups + (silent.isEmpty ? [] : ["unknown at \(silent.joined(separator: ", "))"])
        let list = parts.joined(separator: "; ")
        return verdict.holds ? "\(verdict.reason ?? ""): \(list)" : "\(witness.message) (\(list))"
    }
}

extension TargetState {
    /// What a vantage says by its own thresholds: its open alert is its vote.
    ///
    /// After a failed check below the threshold it says what it said before.
    var vote: ProbeStatus {
        if status == .unknown { return .unknown }
        if let alert { return alert.isDown ?? true ? .unhealthy : .degraded }
        if status == .healthy || status == .degraded && failures == 0 { return status }
        return recent.contains(false) ? .healthy : .unknown
    }

    /// The combined status that holds while the vantages disagree.
    var held: ProbeStatus {
        if let alert { return alert.isDown ?? true ? .unhealthy : .degraded }
        return status
    }
}

import Testing

@testable import health_monitor

/// Stories of a target: `+` a good check, `-` a failed one, `~` degraded, `?` unknown, `m` a failed one in maintenance;
/// and what each tells.
struct TargetStateTests {
    private func tell(
        _ story: String, every minutes: Int64 = 1, _ rules: TargetState.Rules = .init(),
        from state: TargetState = TargetState()
    ) -> (words: [String], state: TargetState) {
        var state = state
        var words: [String] = []
        for (index, sign) in story.enumerated() {
            let time = (state.lastCheck ?? 0) + minutes * 60_000_000
            let status: ProbeStatus =
                switch sign {
                case "+": .healthy
                case "~": .degraded
                case "?": .unknown
                default: .unhealthy
                }
            for notice in state.record(status, at: time, rules: rules, silence: sign == "m" ? .maintenance : nil) {
                words.append("\(index + 1) \(Self.name(notice))")
            }
        }
        return (words, state)
    }

    private static func name(_ notice: TargetState.Notice) -> String {
        switch notice {
        case .opened(let severity, let failures): "opened \(severity) \(failures)"
        case .repeated(let severity, let failures): "repeated \(severity) \(failures)"
        case .escalated(let severity, let failures): "escalated \(severity) \(failures)"
        case .resolved(let severity, let failures): "resolved \(severity) \(failures)"
        case .flapping(let severity, let changes): "flapping \(severity) \(changes)"
        }
    }

    @Test(
        arguments: [
            ("++++", []),
            ("--+", []),
            ("---", ["3 opened warning 3"]),
            ("--+---+", ["6 opened warning 3", "7 resolved warning 3"]),
            ("-----+", ["3 opened warning 3", "6 resolved warning 5"]),
            // Unknown is neither good nor bad.
            ("--??-", ["5 opened warning 3"]),
            ("---??+", ["3 opened warning 3", "6 resolved warning 3"]),
            ("???????", []),
            // Degraded is good enough, unless asked.
            ("~~~~", []),
            ("---~", ["3 opened warning 3", "4 resolved warning 3"]),
            // In maintenance nothing opens, nor is it counted; what goes on failing after it opens.
            ("mmmmm+", []),
            ("mmmm--", []),
            ("mmmm---", ["7 opened warning 3"]),
            ("---mm+", ["3 opened warning 3", "6 resolved warning 3"]),
            // Coming and going is told once.
            ("-+-+-+-+-+-+", ["7 flapping warning 6"]),
            ("-+-+-+-++++++++++++++++++", ["7 flapping warning 6", "25 resolved warning 4"]),
        ] as [(String, [String])])
    func stories(story: String, notices: [String]) {
        #expect(tell(story).words == notices)
    }

    @Test func stillDownIsRepeatedEachInterval() {
        let words = tell(String(repeating: "-", count: 123)).words
        #expect(words == ["3 opened warning 3", "63 repeated warning 63", "123 repeated warning 123"])
    }

    @Test func aCriticalServiceAlertsAsCritical() {
        #expect(tell("---+", .init(isCritical: true)).words == ["3 opened critical 3", "4 resolved critical 3"])
    }

    @Test func degradedThatAlertsEscalatesWhenItGetsWorse() {
        let rules = TargetState.Rules(alertsWhenDegraded: true, isCritical: true)
        #expect(
            tell("~~~~---+", rules).words
                == ["3 opened warning 3", "5 escalated critical 5", "8 resolved critical 7"])
    }

    @Test func recoveryThreshold() {
        #expect(
            tell("---+-+++", .init(recoveryThreshold: 3)).words == ["3 opened warning 3", "8 resolved warning 4"])
    }

    /// Two failures, a good check and a third failure are not three in a row.
    @Test func aGoodCheckBreaksTheRow() {
        #expect(tell("--+--", .init(recoveryThreshold: 3)).words == [])
    }

    @Test func itGoesOnAfterARestart() throws {
        let whole = tell("---" + "---" + "+")
        let first = tell("---")
        let second = tell("---", from: first.state)
        let third = tell("+", from: second.state)
        #expect(first.words == ["3 opened warning 3"])
        #expect(second.words == [])
        #expect(third.words == ["1 resolved warning 6"])
        #expect(third.state == whole.state)
    }

    @Test func aClockThatIsSetBackSilencesNothing() {
        var state = tell("---").state
        let notices = state.record(.unhealthy, at: -5, rules: .init())
        #expect(notices == [.repeated(.warning, failures: 4)])
    }
}

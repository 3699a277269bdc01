/// The defaults of all targets.
struct TargetDefaults: Sendable, Equatable {
    var interval = Duration.seconds(60)
    var timeout = Duration.seconds(10)
    var retryDelays = [1, 2, 4].map { Duration.seconds($0) }
    var rules = TargetState.Rules()
    /// How many vantages must agree; nil: more than half.
    var agree: Int?

    /// The values of `agree`.
    static let agreeRange = 1...100

    init() {}

    /// Reads the file's top-level keys.
    init(reading section: ConfigurationSection) {
        rules.alertInterval = section.seconds("alertInterval", in: 1...2_592_000, default: rules.alertInterval)
        interval = section.seconds("checkInterval", in: 0.1...86_400, default: interval)
        readCommon(section)
        agree = section.has("agree") ? section.integer("agree", in: Self.agreeRange, default: 1) : nil
    }

    /// Reads the keys that the file and each target share.
    mutating func readCommon(_ section: ConfigurationSection) {
        timeout = section.seconds("timeout", in: 0.1...300, default: timeout)
        // After 1, 2, 4, … s, at most a minute.
        retryDelays = (0..<section.integer("retries", in: 0...10, default: retryDelays.count)).map {
            .seconds(min(60, 1 << min($0, 6)))
        }
        rules.failureThreshold = section.integer("failureThreshold", in: 1...100, default: rules.failureThreshold)
        rules.recoveryThreshold = section.integer("recoveryThreshold", in: 1...100, default: rules.recoveryThreshold)
    }
}

import KeepAlivePlatform

/// Whether a bot has held more memory than it may for too long. Pure.
///
/// One look below the limit begins the period anew, so that a bot that frees its memory in time is left alone.
struct MemoryLimit: Equatable {
    /// `MAX_MEMORY_MB` and `MAX_MEMORY_FOR_SEC`.
    struct Setting: Equatable {
        let megabytes: Int
        let period: Duration

        /// The time between two looks: 10 s for the usual minute.
        var interval: Duration { min(.seconds(10), period / 6) }
    }

    let setting: Setting
    /// The next look.
    private(set) var dueAt: MonotonicTime
    private var overSince: MonotonicTime?
    private var lastLook: MonotonicTime?

    init(_ setting: Setting, at now: MonotonicTime) {
        self.setting = setting
        dueAt = now.advanced(by: setting.interval)
    }

    /// Takes what the bot holds now.
    ///
    /// - Parameter bytes: nil if that cannot be read.
    /// - Returns: why the bot has to end; nil if it may go on.
    mutating func look(_ bytes: UInt64?, at now: MonotonicTime) -> String? {
        dueAt = now.advanced(by: setting.interval)
        // Between two looks that are far apart, this process stood still: nothing is known of that time.
        if let lastLook, now.since(lastLook) > setting.interval * 2 + .seconds(5) { overSince = nil }
        lastLook = now
        guard let bytes, bytes > UInt64(setting.megabytes) << 20 else {
            overSince = nil
            return nil
        }
        let since = overSince ?? now
        overSince = since
        let age = now.since(since)
        guard age >= setting.period else { return nil }
        overSince = nil
        return "it has held more than \(setting.megabytes) MB for \(age.components.seconds) s, now \(bytes >> 20) MB "
            + "(MAX_MEMORY_MB)"
    }
}

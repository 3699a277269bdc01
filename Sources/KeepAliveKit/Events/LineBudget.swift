import KeepAlivePlatform

/// Admits a few lines a minute and counts the others, so that a flood of failures does not fill the log. Pure.
struct LineBudget: Sendable {
    /// Lines a minute.
    static let lines = 10
    private static let window = Duration.seconds(60)

    private var opened: MonotonicTime?
    private var used = 0
    private var omitted = 0

    /// Takes a line.
    ///
    /// - Returns: nil when the line is to be dropped; otherwise how many were dropped since the last line.
    mutating func admit(at now: MonotonicTime) -> Int? {
        if opened.map({ now.since($0) >= Self.window }) ?? true {
            opened = now
            used = 0
        }
        guard used < Self.lines else {
            omitted += 1
            return nil
        }
        used += 1
        defer { omitted = 0 }
        return omitted
    }
}

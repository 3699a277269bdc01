extension Duration {
    /// Rounded down, for sentences: `90 s`, `5 min`, `4 h 45 min`, `3 d 2 h`.
    var roundedWords: String {
        let seconds = max(0, components.seconds)
        func pair(_ large: Int64, _ one: String, _ small: Int64, _ other: String) -> String {
            small == 0 ? "\(large) \(one)" : "\(large) \(one) \(small) \(other)"
        }
        switch seconds {
        case ..<120: return seconds == 60 ? "1 min" : "\(seconds) s"
        case ..<7200: return "\(seconds / 60) min"
        case ..<172_800: return pair(seconds / 3600, "h", seconds / 60 % 60, "min")
        default: return pair(seconds / 86_400, "d", seconds / 3600 % 24, "h")
        }
    }
}

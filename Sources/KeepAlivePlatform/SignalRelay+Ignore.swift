extension SignalRelay {
    /// Ignores signals for good. A child would inherit that (execve(2)): for programs that start none.
    package static func ignore(_ signals: [Int32]) {
        for number in signals { _ = signal(number, SIG_IGN) }
    }
}

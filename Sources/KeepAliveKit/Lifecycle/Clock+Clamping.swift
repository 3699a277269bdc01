extension Clock where Duration == Swift.Duration {
    /// Sleeps for a duration of the embedder's or a server's, which may be meant as "never".
    ///
    /// A clock adds the current time, and traps if the sum exceeds Int64 seconds; 30 years are long enough.
    func sleep(clamping duration: Duration) async throws {
        try await sleep(for: min(duration, .seconds(1_000_000_000)))
    }
}

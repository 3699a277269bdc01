/// Polls for a state without an event, such as the content of `/health`.
///
/// If there is an event, await that instead.
public enum Polling {
    /// Returns the first value of `read` that `isMet` accepts; ignores errors of `read` until the limit.
    @discardableResult
    public static func until<Value: Sendable>(
        within limit: Duration = .seconds(60), _ read: @escaping @Sendable () async throws -> Value,
        isMet: @escaping @Sendable (Value) -> Bool
    ) async throws -> Value {
        let last = EventLog<String>()
        return try await SafetyTimeout.run(limit) {
            while true {
                do {
                    let value = try await read()
                    if isMet(value) { return value }
                    last.append("\(value)")
                } catch {
                    last.append("\(error)")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        } otherwise: {
            "the last look showed \(last.elements.last ?? "nothing")"
        }
    }
}

/// Thrown when an awaited event did not come within the time after which a test is surely stuck.
public struct SafetyTimeout: Error, CustomStringConvertible {
    /// What was awaited, and what had been seen instead.
    public let description: String

    /// Runs `operation`, and gives up on it after `limit` with a message made only then.
    public static func run<Value: Sendable>(
        _ limit: Duration,
        operation: @escaping @Sendable () async throws -> Value,
        otherwise message: @escaping @Sendable () -> String
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw SafetyTimeout(description: "nothing after \(limit): \(message())")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

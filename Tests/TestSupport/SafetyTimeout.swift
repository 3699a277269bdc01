/// Thrown if an awaited event did not happen within a time after which the test is certainly stuck.
public struct SafetyTimeout: Error, CustomStringConvertible {
    /// The awaited event, and what happened instead.
    public let description: String

    /// Runs `operation`; after `limit` abandons it with a message made only then.
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

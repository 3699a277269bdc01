import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveTestSupport
import Testing

/// The turn of the hour: many jobs call at once, each on a connection of its own.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PushStormTests {
    /// The statuses of the answers.
    ///
    /// - Parameter connectsFirst: whether all connect before the first one sends its request, as busy clients do.
    private static func call(_ jobs: Int, _ port: UInt16, connectsFirst: Bool) async throws -> [Int] {
        try await BlockingWork.run {
            func send(_ client: RawClient, _ job: Int) throws {
                try client.request("GET", "/api/push/token-of-job-\(job)/0?msg=run+\(job)")
            }
            let clients = try (0..<jobs).map { job in
                let client = try RawClient(port: port, receiveTimeout: .seconds(60))
                if !connectsFirst { try send(client, job) }
                return client
            }
            if connectsFirst { for (job, client) in clients.enumerated() { try send(client, job) } }
            return try clients.map { client in
                defer { client.close() }
                return try client.readResponse().status
            }
        }
    }

    /// Every call is answered, and each answered call outlives a kill. With few descriptors the others wait their turn.
    @Test(arguments: [(1500, nil), (600, 256)] as [(Int, Int?)])
    func noneOfManyCallsAtOnceIsLost(jobs: Int, descriptors: Int?) async throws {
        DescriptorLimit.raise()
        try #require(DescriptorLimit.current > 2 * jobs + 500)
        let targets = (0..<jobs).map {
            "{ name: \"job \($0)\", type: \"push\", token: \"token-of-job-\($0)\", interval: 3600 }"
        }
        let monitor = try MonitorProcess(MonitorProcess.configuration(targets: targets), descriptors: descriptors)
        let answers = try await Self.call(jobs, monitor.port(), connectsFirst: descriptors == nil)
        #expect(await monitor.stop(SIGKILL) == .signaled(SIGKILL))
        #expect(answers == [Int](repeating: 200, count: jobs))
        let kept = try Database(path: monitor.database)
            .query("SELECT service_name || message FROM push_calls WHERE called_at IS NOT NULL").compactMap(
                \.values.first)
        let called = (0..<jobs).map { Value.text("job \($0)run \($0)") }
        #expect(Set(kept) == Set(called))
    }
}

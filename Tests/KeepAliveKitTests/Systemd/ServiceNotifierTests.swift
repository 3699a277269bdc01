import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Synchronization
import Testing

@testable import KeepAliveKit

struct ServiceNotifierTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("notify").path }

    init() throws {
        folder = try TemporaryDirectory()
    }

    private func connect(_ address: String, _ variables: [String: String] = [:]) throws -> ServiceNotifier? {
        try ServiceNotifier(environment: variables.merging(["NOTIFY_SOCKET": address]) { $1 })
    }

    @Test func pathAndAbstractSockets() throws {
        var addresses = [path]
        #if os(Linux)
            addresses.append("@keepalive-test-\(UUID().uuidString)")
        #endif
        for address in addresses {
            let socket = try NotifySocket(address)
            let notifier = try #require(try connect(address))
            #expect(notifier.send("READY=1", "STATUS=well"))
            #expect(socket.receive() == "READY=1\nSTATUS=well")
            #expect(socket.receive() == nil)
        }
    }

    @Test(arguments: ["STATUS=a\nREADY=1", "STATUS=a\r\nREADY=1", "STATUS=a\rREADY=1", "STATUS=\n\nWATCHDOG=1\n"])
    func aValueCannotForgeAnAssignment(text: String) throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path))
        #expect(notifier.send(text))
        let received = try #require(socket.receive())
        #expect(!received.contains { $0.isNewline })
        #expect(NotifyMessage(received).assignments.map(\.name) == ["STATUS"])
    }

    @Test(arguments: [nil, ""])
    func withoutAManager(address: String?) throws {
        let variables = address.map { ["NOTIFY_SOCKET": $0] } ?? [:]
        #expect(try ServiceNotifier(environment: variables) == nil)
    }

    @Test(arguments: ["/nonexistent/notify", "relative", "@", "/" + String(repeating: "x", count: 200)])
    func anAddressThatCannotBeReached(address: String) {
        #expect(throws: Errno.self) { _ = try ServiceNotifier(environment: ["NOTIFY_SOCKET": address]) }
    }

    @Test(
        arguments: [
            ([:], nil),
            (["WATCHDOG_USEC": "3000000"], .seconds(3)),
            (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "own"], .seconds(3)),
            (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"], nil),
            (["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": ""], nil),
            (["WATCHDOG_USEC": "0"], nil),
            (["WATCHDOG_USEC": "-5"], nil),
            (["WATCHDOG_USEC": "soon"], nil),
            (["WATCHDOG_PID": "own"], nil),
        ] as [([String: String], Duration?)])
    func watchdog(variables: [String: String], expected: Duration?) throws {
        let socket = try NotifySocket(path)
        let variables = variables.mapValues { $0 == "own" ? "\(getpid())" : $0 }
        defer { withExtendedLifetime(socket) {} }
        #expect(try #require(try connect(path, variables)).watchdogTimeout == expected)
    }

    @Test func aManagerThatIsGoneOrFullDelaysNobody() throws {
        var notifier: ServiceNotifier?
        do {
            let socket = try NotifySocket(path)
            notifier = try connect(path)
            var sent = 0
            // Nobody reads: once the queue is full the answer is false, and not a wait.
            while notifier?.send("STATUS=\(sent)") == true, sent < 1_000_000 { sent += 1 }
            #expect(sent > 0)
            #expect(sent < 1_000_000)
            #expect(socket.receive() == "STATUS=0")
        }
        #expect(notifier?.send("STATUS=nobody") == false)
    }

    @Test func whatMetAFullQueueIsSentOnceThereIsRoom() throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path))
        var sent = 0
        while notifier.send("STATUS=\(sent)"), sent < 1_000_000 { sent += 1 }
        notifier.ready("running")
        notifier.send("WATCHDOG=1")
        notifier.send("STATUS=last but one")
        notifier.send("STATUS=last")
        var received: [String] = []
        var turns = 0
        while received.last != "STATUS=last", turns < 6000 {
            while let text = socket.receive() { received.append(text) }
            OSThread.rest(milliseconds: 10)
            turns += 1
        }
        // Nothing of it is lost but a sign of life, which says nothing later, and a status behind which another one came.
        #expect(received == (0...sent).map { "STATUS=\($0)" } + ["READY=1\nSTATUS=running", "STATUS=last"])
    }

    @Test(arguments: [
        (
            "relative",
            "NOTIFY_SOCKET=\"relative\" is no address of a socket: give a path that begins with /, or @ and a name"
        ),
        ("@", "NOTIFY_SOCKET=\"@\" is no address of a socket: give a path that begins with /, or @ and a name"),
        (
            "/nonexistent/notify",
            "NOTIFY_SOCKET cannot be reached (No such file or directory): the service manager will not hear of this process"
        ),
    ])
    func aWrongAddressIsCalledThat(address: String, words: String) {
        let variables = ["NOTIFY_SOCKET": address]
        let error = #expect(throws: Errno.self) { _ = try ServiceNotifier(environment: variables) }
        #expect(error.map { ServiceNotifier.words(for: $0, environment: variables) } == words)
    }

    @Test(
        arguments: [
            (nil, ["X_KEEPALIVE_PORT=8002"]), ("localhost", ["X_KEEPALIVE_PORT=8002"]),
            ("::", ["X_KEEPALIVE_PORT=8002"]),
            ("10.0.0.1", ["X_KEEPALIVE_PORT=8002", "X_KEEPALIVE_HOST=10.0.0.1"]),
        ] as [(String?, [String])])
    func announces(host: String?, expected: [String]) throws {
        let socket = try NotifySocket(path)
        try #require(try connect(path)).announce(port: 8002, host: host)
        #expect(socket.receive() == expected.joined(separator: "\n"))
    }

    /// A start that waits for the network must not be taken for one that hangs (TimeoutStartSec=).
    @Test func aStartThatTakesLongerAsksForTime() throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path))
        func extended(_ event: KeepAliveEvent) -> String? {
            notifier.report(event, readyWithBody: false)
            return socket.receive().flatMap { NotifyMessage($0)["EXTEND_TIMEOUT_USEC"] }
        }
        let outage = KeepAliveEvent.restartScheduled(
            after: .seconds(300), outcome: .threw(.network()), failures: 0, limit: 10, reason: "refused")
        #expect(extended(outage) == "360000000")
        #expect(extended(.ledgerResumed(failures: 1, remaining: .seconds(5))) == "65000000")
        notifier.ready("connected")
        #expect(socket.receive() == "READY=1\nSTATUS=connected")
        #expect(extended(outage) == nil)
    }

    /// The event loop's part is played by the test: it looks when the next feeding is due, and calls it.
    @Test func theWatchdogIsFedOnceReadyAndOnlyWhileWell() throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path, ["WATCHDOG_USEC": "3000000"]))
        let loop = try Mailbox()
        let isWell = Flag()
        var feed: @Sendable () -> Void = { notifier.keepWatchdogFed(by: loop) { isWell.value } }
        func turn() throws -> String? {
            let before = MonotonicTime.now()
            feed()
            let messages = loop.drain().messages
            #expect(messages.count == 1)
            guard case .schedule(.watchdog, let next, let action)? = messages.first else {
                Issue.record("\(messages)")
                return nil
            }
            #expect(next > before)
            // Less than half of the time that the manager allows.
            #expect(next < MonotonicTime.now().advanced(by: .milliseconds(1500)))
            feed = action
            return socket.receive()
        }
        isWell.value = true
        #expect(try turn() == nil)
        notifier.report(.bodyStarted(attempt: 1), readyWithBody: true)
        #expect(socket.receive() == "READY=1\nSTATUS=running\nWATCHDOG=1")
        for _ in 0..<3 { #expect(try turn() == "WATCHDOG=1") }
        isWell.value = false
        for _ in 0..<3 { #expect(try turn() == nil) }
        isWell.value = true
        #expect(try turn() == "WATCHDOG=1")
        notifier.report(.stopRequested(by: "SIGTERM", timeout: .seconds(1)), readyWithBody: true)
        #expect(socket.receive()?.hasPrefix("STOPPING=1\n") == true)
    }

    @Test(arguments: [["WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"], [:]])
    func nobodyIsFedWhoDoesNotWait(variables: [String: String]) throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path, variables))
        let loop = try Mailbox()
        notifier.ready("running")
        _ = socket.receive()
        notifier.keepWatchdogFed(by: loop) { true }
        #expect(socket.receive() == nil)
        #expect(loop.drain().messages.isEmpty)
    }

    @Test func eventsThatTheManagerHearsOf() throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path))
        notifier.report(.bodyStarted(attempt: 1), readyWithBody: true)
        #expect(socket.receive() == "READY=1\nSTATUS=running")
        notifier.report(.bodyStarted(attempt: 1), readyWithBody: false)
        #expect(socket.receive() == "STATUS=running")
        notifier.report(.stopRequested(by: "SIGTERM", timeout: .seconds(10)), readyWithBody: true)
        let stopping = try #require(socket.receive())
        #expect(NotifyMessage(stopping)["STOPPING"] == "1")
        #expect(NotifyMessage(stopping)["EXTEND_TIMEOUT_USEC"] == "12000000")
        notifier.report(.listening(port: 1), readyWithBody: true)
        #expect(socket.receive() == nil)
    }

    private final class Flag: Sendable {
        private let flag = Atomic(false)
        var value: Bool {
            get { flag.load(ordering: .relaxed) }
            set { flag.store(newValue, ordering: .relaxed) }
        }
    }
}

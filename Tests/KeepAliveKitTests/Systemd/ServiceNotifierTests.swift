import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveKit

struct ServiceNotifierTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.file("notify").path }

    init() throws { folder = try TemporaryDirectory() }

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

    @Test(arguments: [
        ("x", true), ("-5", true), ("1.5", true), ("99999999999999999999", true), ("", false), ("0", false),
        ("3000000", false),
    ])
    func aWatchdogTimeThatIsNoneIsNamed(text: String, isNamed: Bool) {
        let words = "WATCHDOG_USEC=\"\(text)\" has no effect: give a whole number of microseconds, or unset it"
        #expect(ServiceNotifier.watchdogTrouble(in: ["WATCHDOG_USEC": text]) == (isNamed ? words : nil))
        #expect(ServiceNotifier.watchdogTrouble(in: [:]) == nil)
    }

    @Test func aManagerThatIsGoneOrFullDelaysNobody() throws {
        var notifier: ServiceNotifier?
        do {
            let socket = try NotifySocket(path)
            notifier = try connect(path)
            var sent = 0
            // Without a reader the full queue returns false instead of waiting.
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
        // Only signs of life, which mean nothing later, and replaced statuses are lost.
        #expect(received == (0...sent).map { "STATUS=\($0)" } + ["READY=1\nSTATUS=running", "STATUS=last"])
    }

    /// A start that waits for its delay would be taken for a hang without the time that it asks for.
    @Test func aStatusThatAsksForTimeIsNotReplaced() throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path))
        var sent = 0
        while notifier.send("STATUS=\(sent)"), sent < 1_000_000 { sent += 1 }
        notifier.tell(.status("refused", startTakes: .seconds(300)))
        notifier.tell(.status("again"))
        var received: [String] = []
        var turns = 0
        while received.last != "STATUS=again", turns < 6000 {
            while let text = socket.receive() { received.append(text) }
            OSThread.rest(milliseconds: 10)
            turns += 1
        }
        let expected = ["STATUS=refused\nEXTEND_TIMEOUT_USEC=360000000", "STATUS=again"]
        #expect(received == (0...sent).map { "STATUS=\($0)" } + expected)
    }

    /// The thread that sent what the first full queue refused is gone by then.
    @Test func whatMetAFullQueueAgainIsSentToo() throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path))
        for round in 1...2 {
            var sent = 0
            while notifier.send("X_ROUND_\(round)=\(sent)"), sent < 1_000_000 { sent += 1 }
            var received: [String] = []
            var turns = 0
            while received.count <= sent, turns < 6000 {
                while let text = socket.receive() { received.append(text) }
                OSThread.rest(milliseconds: 10)
                turns += 1
            }
            #expect(received == (0...sent).map { "X_ROUND_\(round)=\($0)" })
        }
    }

    /// A manager that never reads must not fill the memory: 256 wait, of which the last to fill the queue is one.
    @Test func ofWhatMetAFullQueueOnlySoMuchIsKept() throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path))
        var sent = 0
        while notifier.send("X_FILL=\(sent)"), sent < 1_000_000 { sent += 1 }
        for number in 1...300 { notifier.send("X_NUMBER=\(number)") }
        var received: [String] = []
        var turns = 0
        while received.count < sent + 256, turns < 6000 {
            while let text = socket.receive() { received.append(text) }
            OSThread.rest(milliseconds: 10)
            turns += 1
        }
        // Nothing is left that could come later.
        notifier.send("X_END=1")
        turns = 0
        while received.last != "X_END=1", turns < 6000 {
            while let text = socket.receive() { received.append(text) }
            OSThread.rest(milliseconds: 10)
            turns += 1
        }
        let expected = (0...sent).map { "X_FILL=\($0)" } + (1...255).map { "X_NUMBER=\($0)" } + ["X_END=1"]
        #expect(received == expected)
    }

    /// systemd takes 4 KiB at most.
    @Test func aLongTextIsCut() throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path))
        let start = "STATUS="
        for (count, isWhole) in [(1024, true), (1025, false)] {
            let text = start + String(repeating: "x", count: count - start.utf8.count)
            notifier.send(text)
            #expect(socket.receive() == (isWhole ? text : String(text.dropLast()) + "… (1 bytes more)"))
        }
    }

    @Test(arguments: [
        (
            "relative",
            "NOTIFY_SOCKET=\"relative\" is no address of a socket: give a path that begins with /, or @ and a name"
        ),
        ("@", "NOTIFY_SOCKET=\"@\" is no address of a socket: give a path that begins with /, or @ and a name"),
        (
            "/nonexistent/notify",
            "NOTIFY_SOCKET cannot be reached (No such file or directory): the service manager gets no status; check NOTIFY_SOCKET"
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
        let notifier = try #require(try connect(path))
        notifier.announce(port: 8002, host: host)
        #expect(socket.receive() == expected.joined(separator: "\n"))
        // A launcher that missed it gets it when the bot is ready.
        notifier.tell(.ready("running"))
        #expect(socket.receive() == (["READY=1", "STATUS=running"] + expected).joined(separator: "\n"))
    }

    @Test(
        arguments: [
            (.ready("running"), "READY=1\nSTATUS=running"), (.status("running"), "STATUS=running"),
            (.stopping("SIGTERM", within: .seconds(10)), "STOPPING=1\nSTATUS=SIGTERM\nEXTEND_TIMEOUT_USEC=12000000"),
            // A start that waits for the network must not count as a hang (TimeoutStartSec=).
            (.status("refused", startTakes: .seconds(300)), "STATUS=refused\nEXTEND_TIMEOUT_USEC=360000000"),
            (.status("later", startTakes: .zero), "STATUS=later\nEXTEND_TIMEOUT_USEC=60000000"),
        ] as [(ServiceNotice, String)])
    func whatTheManagerIsTold(notice: ServiceNotice, expected: String) throws {
        let socket = try NotifySocket(path)
        try #require(try connect(path)).tell(notice)
        #expect(socket.receive() == expected)
    }

    @Test func aBotThatWasReadyOnceStartsNoMore() throws {
        let socket = try NotifySocket(path)
        let notifier = try #require(try connect(path))
        notifier.tell(.ready("connected"))
        notifier.tell(.status("refused", startTakes: .seconds(300)))
        #expect(socket.receive() == "READY=1\nSTATUS=connected")
        #expect(socket.receive() == "STATUS=refused")
    }
}

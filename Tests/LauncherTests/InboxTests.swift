import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import KeepAliveToolSupport
import Testing

@testable import KeepAliveLauncher

@Suite(.timeLimit(.minutes(1)))
struct InboxTests {
    @Test func anAnswerComesOnceAndWithItsBot() async throws {
        let server = try ScriptedServer(answering: { _ in ScriptedServer.answer("{}", status: "503 No") })
        let inbox = try Inbox()
        inbox.ask(HTTPURL(host: "127.0.0.1", port: server.port, target: "/health"), of: 7, timeout: .seconds(60))
        let answers = try await Polling.until({ inbox.drain().answers }, isMet: { !$0.isEmpty })
        #expect(answers.map(\.bot) == [7])
        #expect(answers.map(\.answer) == [.unwell("127.0.0.1:\(server.port) answers 503")])
        #expect(inbox.drain().answers.isEmpty)
    }

    @Test func nobodyThereIsAnAnswerToo() async throws {
        let server = try ScriptedServer { _ in }
        try server.stopListening()
        let inbox = try Inbox()
        inbox.ask(HTTPURL(host: "127.0.0.1", port: server.port, target: "/health"), of: 8, timeout: .seconds(60))
        let answers = try await Polling.until({ inbox.drain().answers }, isMet: { !$0.isEmpty })
        #expect(answers.map(\.bot) == [8])
        #expect(answers.first?.answer.failure?.isStuck == false)
    }

    /// As their handler writes them.
    @Test func signalsComeInTheirOrder() throws {
        let inbox = try Inbox()
        let numbers = [UInt8(SIGHUP), UInt8(SIGTERM)]
        let count = try FileDescriptor.write(numbers.span, to: inbox.writeEnd)
        #expect(count == 2)
        #expect(inbox.drain().signals == [SIGHUP, SIGTERM])
        #expect(inbox.drain().signals == [])
    }
}

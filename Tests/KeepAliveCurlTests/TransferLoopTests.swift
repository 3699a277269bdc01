import Foundation
import Testing

@testable import KeepAliveCurl

/// Without a free descriptor libcurl makes a multi handle without a socket pair, which cannot be woken.
@Suite(.timeLimit(.minutes(1)))
struct TransferLoopTests {
    private let mailbox = Mailbox()
    private let settings = ClientSettings(userAgent: "test", caFile: nil, idleConnections: 4, idleTime: .seconds(30))

    /// Runs the loop on a thread until the mailbox is closed; the mailbox cannot wake it.
    private func run() {
        Thread.detachNewThread { [mailbox, settings] in
            if let multi = MultiHandle(idleConnections: 4) { TransferLoop(multi, mailbox, settings).run() }
            mailbox.end()
        }
    }

    private func start(_ server: RawServer) throws -> Ticket<HTTPClientResponse> {
        let ticket = Ticket<HTTPClientResponse>()
        let request = HTTPClientRequest(url: server.url())
        let url = try RequestURL(request.url)
        #expect(
            mailbox.put(.start(ticket, to: url.endpoint) { RequestTransfer(request, to: url, $0, for: ticket) }))
        return ticket
    }

    @Test func commandsAreFoundWithoutBeingWoken() async throws {
        // A running transfer prevents the replacement of the handle.
        let hanging = try RawServer { $0.waitForHangUp() }
        let long = try start(hanging)
        #expect(mailbox.isDeaf)
        run()
        let server = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        for _ in 0..<3 {
            #expect(try await start(server).outcome().status == 204)
            #expect(mailbox.isDeaf)
        }
        long.finish(.failure(CancellationError()))
        #expect(mailbox.put(.abort(long)))
        while mailbox.isDeaf { await Task.yield() }
        mailbox.close()
        await mailbox.waitForEnd(atMost: .seconds(50))
        #expect(!mailbox.put(.abort(long)))
    }

    @Test func closingEndsIt() async throws {
        let hanging = try RawServer { $0.waitForHangUp() }
        let ticket = try start(hanging)
        run()
        mailbox.close()
        await mailbox.waitForEnd(atMost: .seconds(50))
        await #expect(throws: HTTPClientError.self) { try await ticket.outcome() }
    }

    /// A thread that hangs in libcurl must not block a program's end.
    @Test func waitingForTheEndHasAnEnd() async throws {
        await mailbox.waitForEnd(atMost: .milliseconds(10))
        #expect(mailbox.take() != nil)
    }

    /// No byte of it leaves, though its command is still there.
    @Test func whatWasCancelledMeanwhileIsNotSent() async throws {
        let unasked = try RawServer { $0.waitForHangUp() }
        try start(unasked).finish(.failure(CancellationError()))
        let server = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        let ticket = try start(server)
        run()
        #expect(try await ticket.outcome().status == 204)
        mailbox.close()
        await mailbox.waitForEnd(atMost: .seconds(50))
        #expect(unasked.connections == 0)
    }
}

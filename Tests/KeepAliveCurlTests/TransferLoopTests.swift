import CKeepAliveCurl
import Foundation
import Testing

@testable import KeepAliveCurl

/// What happens when libcurl cannot be woken: it makes a multi handle without a socket pair when no descriptor is left.
@Suite(.timeLimit(.minutes(1)))
struct TransferLoopTests {
    /// A mailbox that wakes nobody: what it holds is no multi handle.
    private final class Deaf: @unchecked Sendable {
        // Never used but for its address, which curl_multi_wakeup(3) finds to be no handle of its own.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 8192, alignment: 16)
        let mailbox: Mailbox
        let multi: UnsafeMutableRawPointer

        init() throws {
            memory.initializeMemory(as: UInt8.self, repeating: 0, count: 8192)
            mailbox = Mailbox(multi: memory)
            multi = try #require(curl_multi_init())
        }

        deinit { memory.deallocate() }
    }

    private let settings = ClientSettings(userAgent: "test", caFile: nil, idleConnections: 4)

    /// Runs the loop on a thread until the mailbox is closed.
    private func run(_ deaf: Deaf) {
        Thread.detachNewThread { [settings] in
            let loop = TransferLoop(multi: deaf.multi, settings: settings)
            let reason = loop.run(deaf.mailbox)
            let left = deaf.mailbox.beginEnd()
            loop.end(with: reason)
            for case .start(let ticket) in left { ticket.finish(.failure(reason)) }
            _ = curl_multi_cleanup(loop.multi)
            deaf.mailbox.end()
        }
    }

    private func ticket(
        _ server: RawServer
    ) throws -> Ticket<HTTPClientRequest, HTTPClientResponse> {
        let request = HTTPClientRequest(url: server.url())
        return Ticket(request, endpoint: try Endpoint(url: request.url))
    }

    @Test func commandsAreFoundWithoutBeingWoken() async throws {
        let deaf = try Deaf()
        #expect(deaf.mailbox.isDeaf)
        // What is under way keeps the handle from being replaced.
        let hanging = try RawServer { $0.waitForHangUp() }
        let long = try ticket(hanging)
        #expect(deaf.mailbox.put(.start(long)))
        run(deaf)
        let server = try RawServer.answering("HTTP/1.1 204 No Content\r\n\r\n")
        for _ in 0..<3 {
            let ticket = try ticket(server)
            let response = try await withCheckedThrowingContinuation { continuation in
                if ticket.wait(with: continuation) { _ = deaf.mailbox.put(.start(ticket)) }
            }
            #expect(response.status == 204)
            #expect(deaf.mailbox.isDeaf)
        }
        long.finish(.failure(CancellationError()))
        #expect(deaf.mailbox.put(.abort(ObjectIdentifier(long))))
        while deaf.mailbox.isDeaf { await Task.yield() }
        deaf.mailbox.close()
        await deaf.mailbox.waitForEnd(atMost: .seconds(50))
    }

    @Test func closingEndsIt() async throws {
        let deaf = try Deaf()
        let hanging = try RawServer { $0.waitForHangUp() }
        let ticket = try ticket(hanging)
        #expect(deaf.mailbox.put(.start(ticket)))
        run(deaf)
        deaf.mailbox.close()
        await deaf.mailbox.waitForEnd(atMost: .seconds(50))
        await #expect(throws: HTTPClientError.self) {
            try await withCheckedThrowingContinuation { _ = ticket.wait(with: $0) }
        }
    }

    /// A thread that hangs in libcurl does not keep a program from its end.
    @Test func waitingForTheEndHasAnEnd() async throws {
        let deaf = try Deaf()
        defer { _ = curl_multi_cleanup(deaf.multi) }
        await deaf.mailbox.waitForEnd(atMost: .milliseconds(10))
    }
}

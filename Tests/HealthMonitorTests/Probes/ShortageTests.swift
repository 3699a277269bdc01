import Foundation
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCurl
@testable import KeepAliveHealthMonitor

/// A shortage of this monitor is no fault of a service.
struct ShortageTests {
    @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL])
    func ofOurOwn(code: Int32) {
        let result = ProbeResult.failed(Errno("open", code: code), .unhealthy, "it cannot be looked at")
        #expect(result.status == .unknown)
        #expect(result.shortage == Shortage.words(code))
        #expect(result.message.hasPrefix("not checked: this monitor has no free "))
    }

    @Test func ofTheService() {
        for code in [ENOENT, ECONNREFUSED, EACCES] {
            let result = ProbeResult.failed(Errno("open", code: code), .unhealthy, "words")
            #expect(result == ProbeResult(status: .unhealthy, message: "words"))
        }
        let thread = ProbeResult.failed(
            BlockingCall.Failure.noThread(Errno("pthread_create", code: EAGAIN)), .unhealthy, "")
        #expect(thread.status == .unknown)
        #expect(thread.shortage == "no further thread or process (EAGAIN)")
        #expect(ProbeResult.failed(BlockingCall.Failure.late(.seconds(1)), .unhealthy, "late").status == .unhealthy)
    }

    @Test(
        arguments: [
            (Shortage.words(EMFILE), "LimitNOFILE="), (Shortage.words(ENFILE), "fs.file-max"),
            (Shortage.words(EAGAIN), "TasksMax="), (Shortage.words(ENOMEM), "free memory"),
            (Shortage.words(ENOBUFS), "free memory"), (Shortage.words(EADDRNOTAVAIL), "ip_local_port_range"),
            ("no name server that answers", "name servers in /etc/resolv.conf"),
        ] as [(String?, String)])
    func eachHasItsRemedy(words: String?, remedy: String) throws {
        #expect(Shortage.remedy(for: try #require(words)).contains(remedy))
    }

    @Test func namesThatCannotBeLookedUp() {
        func verdict(_ outcome: NameLookup.Outcome, out: Bool, _ name: String = "a.example", network: Bool = false)
            -> ProbeResult
        {
            NameLookup.verdict(outcome, isResolverOut: out, name: name, words: "words", hasConnectivity: network)
        }
        for out in [false, true] {
            #expect(
                verdict(.noSuchName, out: out)
                    == ProbeResult(status: .unhealthy, message: "the host name does not exist"))
            #expect(verdict(.found, out: out) == ProbeResult(status: .unhealthy, message: "words"))
            #expect(verdict(.short(EMFILE), out: out).status == .unknown)
        }
        #expect(verdict(.failing, out: false).status == .unhealthy)
        #expect(verdict(.failing, out: false).message == "words: the name server fails for this name")
        let out = verdict(.failing, out: true, network: true)
        #expect(out.status == .unknown)
        #expect(out.message == "words: no name server answers this monitor")
        #expect(out.shortage == "no name server that answers")
        #expect(verdict(.failing, out: true, "a.invalid").status == .unknown)
        #expect(verdict(.failing, out: true, "a.INVALID", network: true).status == .unhealthy)
    }

    /// libcurl says the same of a name that does not exist and of name servers that do not answer.
    @Test(
        arguments: [(.couldNotResolve, nil), (.timedOut, .lookupTimedOut)]
            as [(HTTPClientError.Kind, HTTPClientError.Cause?)])
    func whyANameCannotBeLookedUpIsFoundOut(kind: HTTPClientError.Kind, cause: HTTPClientError.Cause?) async {
        let tools = ProbeTools(client: HTTPClient(), pushes: PushBoard())
        func result(_ host: String) async -> ProbeResult {
            let place = Endpoint(scheme: "http", host: host, port: "80")
            let error = HTTPClientError(kind: kind, cause: cause, endpoint: place, reason: "words")
            return await ProbeResult.failed(error, timeout: .seconds(1), tools)
        }
        // A label has at most 63 bytes, so no name server is asked for it. What else the message says depends on the
        // name servers of this machine.
        let found = await result(String(repeating: "a", count: 64) + ".invalid")
        #expect(found.message != "words")
        // An address needs no lookup.
        let address = await result("127.0.0.1")
        #expect(address == ProbeResult(status: .unhealthy, message: "words"))
    }

    @Test func nameServers() {
        #expect(
            Resolver.servers(in: Array("# nameserver 1.1.1.1\nsearch a\nnameserver  ::1\nnameserver 9.9.9.9".utf8)) == [
                "::1", "9.9.9.9",
            ])
        #expect(Resolver.servers(in: []) == ["127.0.0.1"])
        // The system's resolver takes three; a line without an address is none.
        let four = (1...4).map { "nameserver 192.0.2.\($0)\n" }.joined()
        let three = Resolver.servers(in: Array("nameserver\n\(four)".utf8))
        #expect(three == ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
        // Without the file this machine is asked; one that cannot be read names nobody.
        #expect(Resolver.servers("/nonexistent/resolv.conf") == ["127.0.0.1"])
        #expect(Resolver.servers("/") == [])
        func counts(_ flags: UInt8, _ code: UInt8, number: UInt8 = 0x41) -> Bool {
            NameServer.counts([0x4B, number, flags, code, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1])
        }
        #expect(counts(0x81, 0x80))
        #expect(counts(0x81, 3))
        #expect(!counts(0x81, 0x82))
        #expect(!counts(0x01, 0))
        #expect(!counts(0x81, 0, number: 0))
        #expect(!NameServer.counts([0x4B, 0x41, 0x81]))
        // No server listens there, and this is known at once.
        #expect(!NameServer.anyAnswers([NameServer(address: "127.255.255.254")], within: .seconds(30)))
        #expect(NameServer.anyAnswers([NameServer(address: "no address")], within: .seconds(30)))
    }

    /// Each server is asked again, the others' answers count, and one that fails is not waited for.
    @Test(.timeLimit(.minutes(1))) func nameServersThatAnswer() throws {
        let asked = EventLog<Void>()
        let failing = try FakeNameServer { question, _ in
            asked.append(())
            return [FakeNameServer.reply(to: question, code: 2)]
        }
        let working = try FakeNameServer { question, _ in [FakeNameServer.reply(to: question)] }
        let servers = [failing, working].map { NameServer(address: "127.0.0.1", port: $0.port) }
        #expect(!NameServer.anyAnswers([servers[0]], within: .seconds(300)))
        #expect(asked.count == 2)
        #expect(NameServer.anyAnswers(servers, within: .seconds(300)))
        withExtendedLifetime((failing, working)) {}
    }

    /// A connect fails at once without a route to the server.
    @Test func aNameServerWithoutARoute() {
        for code in [ENETUNREACH, EHOSTUNREACH] { #expect(NameServer.isWithoutRoute(Errno("connect", code: code))) }
        for code in [EMFILE, EACCES] { #expect(!NameServer.isWithoutRoute(Errno("connect", code: code))) }
    }
}

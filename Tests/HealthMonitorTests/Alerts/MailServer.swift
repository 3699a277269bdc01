import Foundation
import KeepAliveTestSupport

/// A real SMTP server (aiosmtpd) on 127.0.0.1, with a self-made certificate, that keeps what it takes in a folder.
final class MailServer: Sendable {
    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first { path in
        guard FileManager.default.isExecutableFile(atPath: path) else { return false }
        return (try? run(path, ["-c", "import aiosmtpd"])) == 0
    }

    /// Whether this machine has one.
    static var isAvailable: Bool { python != nil && FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl") }

    /// One message as it arrived.
    struct Message: Codable {
        let from: String
        let to: [String]
        let content: String
        let encrypted: Bool
        let user: String?
    }

    let port: Int
    let certificate: String
    private let folder: TemporaryDirectory
    private let process: Process
    private let input: Pipe

    /// - Parameters:
    ///   - tls: `starttls`, `smtps` or `none`.
    ///   - reply: what it says to the message's end in place of taking it.
    static func start(tls: String = "starttls", reply: String = "") async throws -> MailServer {
        try await BlockingWork.run { try MailServer(tls: tls, reply: reply) }
    }

    private init(tls: String, reply: String) throws {
        folder = try TemporaryDirectory(prefix: "mail")
        certificate = folder.file("certificate.pem").path
        let key = folder.file("key.pem").path
        guard
            let python = Self.python,
            try Self.run(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
                ]) == 0
        else { throw POSIXError(.ENOENT) }
        let script = try folder.write(Self.script, to: "server.py")
        let output = Pipe()
        input = Pipe()
        process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [script.path, tls, certificate, key, folder.path, reply]
        // It ends when this end of the pipe does, even if the test is killed.
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { break }
            line += String(decoding: data, as: UTF8.self)
        }
        guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw POSIXError(.ECONNREFUSED)
        }
        self.port = port
    }

    deinit {
        // Closing the pipe would do, were it not for other tests' children that may have inherited it. Not SIGTERM: the
        // child inherits the mask of a concurrency thread, which blocks that.
        kill(process.processIdentifier, SIGKILL)
    }

    /// The messages that it has taken.
    var messages: [Message] {
        get throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                $0.hasSuffix(".json")
            }
            return try names.sorted().map {
                try JSONDecoder().decode(Message.self, from: Data(contentsOf: folder.file($0)))
            }
        }
    }

    private static func run(_ command: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private static let script = """
        import asyncio, json, ssl, sys
        from aiosmtpd.controller import UnthreadedController
        from aiosmtpd.smtp import AuthResult

        mode, certificate, key, folder, reply = sys.argv[1:6]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        class Handler:
            count = 0
            async def handle_RCPT(self, server, session, envelope, address, options):
                if address.startswith("gone"):
                    return "550 no such user"
                envelope.rcpt_tos.append(address)
                return "250 OK"
            async def handle_DATA(self, server, session, envelope):
                if reply:
                    return reply
                Handler.count += 1
                with open(f"{folder}/{Handler.count:04}.json", "w") as file:
                    json.dump({
                        "from": envelope.mail_from, "to": envelope.rcpt_tos,
                        "content": envelope.content.decode("ascii"),
                        "encrypted": session.ssl is not None or mode == "smtps",
                        "user": session.auth_data.login.decode() if session.auth_data else None,
                    }, file)
                return "250 taken"

        def authenticate(server, session, envelope, mechanism, data):
            return AuthResult(
                success=data.login == b"bot" and data.password == b"pass word", handled=False, auth_data=data)

        options = {"authenticator": authenticate}
        if mode == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        else:
            options |= {"auth_require_tls": False}
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        controller = UnthreadedController(
            Handler(), hostname="127.0.0.1", port=0, loop=loop, ssl_context=context if mode == "smtps" else None,
            **options)
        controller.begin()
        print(controller.server.sockets[0].getsockname()[1], flush=True)
        # The test's end closes the pipe.
        loop.add_reader(sys.stdin, loop.stop)
        loop.run_forever()
        """
}

import Foundation
import KeepAliveTestSupport

/// A real SMTP server (aiosmtpd) on 127.0.0.1, with a self-signed certificate, which stores received messages in a
/// folder.
final class MailServer: Sendable {
    /// Whether aiosmtpd is installed.
    static func isAvailable() async -> Bool {
        guard OpenSSL.path != nil, let python else { return false }
        return (try? await ChildProcess.run(python, ["-c", "import aiosmtpd"]).status) == .exited(0)
    }

    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// A message as received.
    struct Message: Codable {
        let from: String
        let to: [String]
        let content: String
        let encrypted: Bool
        let user: String?
    }

    let port: Int
    var certificate: String { folder.file("certificate.pem").path }
    private let folder: TemporaryDirectory
    private let process: ChildProcess

    /// - Parameters:
    ///   - tls: `starttls`, `smtps` or `none`.
    ///   - reply: its answer at the end of the message, instead of accepting it.
    static func start(tls: String = "starttls", reply: String = "") async throws -> MailServer {
        let folder = try TemporaryDirectory(prefix: "mail")
        try await OpenSSL.certify("IP:127.0.0.1", in: folder)
        try folder.write(script, to: "server.py")
        let process = try ChildProcess(
            executable: python ?? "python3", arguments: ["server.py", tls, reply], workingDirectory: folder.path)
        return MailServer(folder, process, port: try await process.number(after: "listening on port "))
    }

    private init(_ folder: TemporaryDirectory, _ process: ChildProcess, port: Int) {
        self.folder = folder
        self.process = process
        self.port = port
    }

    /// The accepted messages.
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

    private static let script = """
        import asyncio, json, ssl, sys
        from aiosmtpd.controller import UnthreadedController
        from aiosmtpd.smtp import AuthResult

        mode, reply = sys.argv[1:3]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("certificate.pem", "key.pem")

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
                with open(f"{Handler.count:04}.json", "w") as file:
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
        print("listening on port", controller.server.sockets[0].getsockname()[1], flush=True)
        loop.run_forever()
        """
}

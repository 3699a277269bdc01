import Foundation
import KeepAliveTestSupport

/// A server from a system package, in a temporary folder on free ports of 127.0.0.1.
final class RealServer: Sendable {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    let folder: TemporaryDirectory
    let process: ChildProcess
    let ports: [Int]

    private init(folder: TemporaryDirectory, process: ChildProcess, ports: [Int]) {
        self.folder = folder
        self.process = process
        self.ports = ports
    }

    /// Starts a program and waits for a line of its log.
    static func start(
        ports count: Int, ready: String, in folder: TemporaryDirectory, _ command: ([Int]) throws -> [String]
    ) async throws -> RealServer {
        let ports = try PortRow.take(UInt16(count)).map { Int($0) }
        let words = try command(ports)
        let process = try ChildProcess(executable: words[0], arguments: Array(words.dropFirst()))
        try await process.waitForLine(containing: ready)
        return RealServer(folder: folder, process: process, ports: ports)
    }

    /// Ends the server in its regular way, so that it leaves nothing behind.
    func stop(_ signal: Int32 = SIGINT) async { await process.stop(signal) }

    /// The path of a program; a missing one fails the test with a message.
    static func program(_ name: String, package: String, in folders: [String]) throws -> String {
        let paths = folders.map { "\($0)/\(name)" }
        guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
            throw Missing(description: "\(name) is missing: install the package \(package) (scripts/bootstrap test)")
        }
        return path
    }

    static func run(_ command: [String]) async throws {
        let (status, output) = try await ChildProcess.run(command[0], Array(command.dropFirst()))
        guard status == .exited(0) else { throw Missing(description: "\(command): \(output)") }
    }

    // MARK: Servers

    static func redis(_ options: [String] = []) async throws -> RealServer {
        let program = try Self.program("redis-server", package: "redis-server", in: ["/usr/bin", "/usr/local/bin"])
        let folder = try TemporaryDirectory()
        return try await start(ports: 1, ready: "Ready to accept connections", in: folder) {
            [program, "--port", "\($0[0])", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path] + options
        }
    }

    /// nginx: plain, then with a valid certificate, an expired one, another host's, and one about to expire. The valid
    /// one is also the trusted authority of all.
    static func nginx() async throws -> RealServer {
        let program = try Self.program(
            "nginx", package: "nginx-light", in: ["/usr/sbin", "/usr/bin", "/usr/local/bin"])
        let openssl = try Self.program("openssl", package: "openssl", in: ["/usr/bin", "/usr/local/bin"])
        let folder = try TemporaryDirectory()
        let certificates = [
            ("good", 60, "IP:127.0.0.1"), ("expired", -1, "IP:127.0.0.1"), ("wrong", 60, "DNS:elsewhere.example"),
            ("ending", 3, "IP:127.0.0.1"),
        ]
        for (name, days, subject) in certificates {
            let path = folder.file(name).path
            try folder.write("subjectAltName=\(subject)\n", to: "\(name).ext")
            try await run([
                openssl, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                "/CN=\(name)", "-keyout", "\(path).key", "-out", "\(path).csr",
            ])
            try await run([
                openssl, "x509", "-req", "-in", "\(path).csr", "-signkey", "\(path).key", "-days", "\(days)",
                "-extfile", "\(path).ext", "-out", "\(path).pem",
            ])
        }
        let all = try certificates.map { try String(contentsOf: folder.file("\($0.0).pem"), encoding: .utf8) }
        try folder.write(all.joined(), to: "all.pem")
        return try await start(ports: 5, ready: "using the", in: folder) { ports in
            let servers = zip(certificates, ports.dropFirst()).map { certificate, port in
                """
                server { listen 127.0.0.1:\(port) ssl; ssl_certificate \(certificate.0).pem;
                    ssl_certificate_key \(certificate.0).key; location / { return 200 "secure"; } }
                """
            }
            try folder.write(
                """
                daemon off; master_process off; pid nginx.pid; error_log stderr notice;
                events { worker_connections 1024; }
                http {
                    access_log off; client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t;
                    scgi_temp_path t;
                    server { listen 127.0.0.1:\(ports[0]);
                        location / { return 200 "hello world"; }
                        location /gone { return 404; }
                        location /moved { return 302 /json; }
                        location /loop { return 302 /loop; }
                        location /key { return 200 "key=$http_x_key"; }
                        location /away { return 302 http://localhost:\(ports[0])/key; }
                        location /json { default_type application/json;
                            return 200 '{"data":{"items":[{"state":"up","count":3.0}]}}'; }
                    }
                    \(servers.joined(separator: "\n"))
                }
                """, to: "nginx.conf")
            return [program, "-p", folder.path, "-c", folder.file("nginx.conf").path, "-e", "stderr"]
        }
    }
}

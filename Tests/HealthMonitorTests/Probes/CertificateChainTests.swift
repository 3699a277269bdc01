import Foundation
import KeepAliveKit
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The whole verified chain counts, with a real nginx.
@Suite(.timeLimit(.minutes(2)))
struct CertificateChainTests {
    private static let authority = "basicConstraints=critical,CA:TRUE"

    /// Makes a certificate, self-signed or signed by another.
    private func make(
        _ name: String, days: Int, by issuer: String?, _ extensions: String, in folder: TemporaryDirectory
    ) async throws {
        let openssl = try RealServer.program("openssl", package: "openssl", in: ["/usr/bin", "/usr/local/bin"])
        let path = folder.file(name).path
        try folder.write(extensions + "\n", to: "\(name).ext")
        try await RealServer.run([
            openssl, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=\(name)", "-keyout", "\(path).key", "-out", "\(path).csr",
        ])
        let signer =
            issuer.map {
                ["-CA", "\(folder.file($0).path).pem", "-CAkey", "\(folder.file($0).path).key", "-CAcreateserial"]
            }
            ?? ["-signkey", "\(path).key"]
        try await RealServer.run(
            [
                openssl, "x509", "-req", "-in", "\(path).csr", "-days", "\(days)", "-extfile", "\(path).ext", "-out",
                "\(path).pem",
            ]
                + signer)
    }

    @Test func theWholeChainCounts() async throws {
        let program = try RealServer.program(
            "nginx", package: "nginx-light", in: ["/usr/sbin", "/usr/bin", "/usr/local/bin"])
        let folder = try TemporaryDirectory()
        try await make("root", days: 60, by: nil, Self.authority, in: folder)
        try await make("ending", days: 3, by: "root", Self.authority, in: folder)
        try await make("old", days: -1, by: "root", Self.authority, in: folder)
        let own = "subjectAltName=IP:127.0.0.1"
        try await make("one", days: 90, by: "ending", own, in: folder)
        try await make("two", days: 90, by: "old", own, in: folder)
        try await make("three", days: 90, by: "root", own, in: folder)
        try await make("127.0.0.1", days: 50, by: "root", "basicConstraints=CA:FALSE", in: folder)
        // The last of each is sent although no client needs it.
        for (name, more) in [("one", "ending"), ("two", "old"), ("three", "old"), ("127.0.0.1", "old")] {
            let both = try [name, more].map { try String(contentsOf: folder.file("\($0).pem"), encoding: .utf8) }
            try folder.write(both.joined(), to: "\(name).chain")
        }
        let nginx = try await RealServer.start(ports: 4, ready: "using the", in: folder) { ports in
            let servers = zip(["one", "two", "three", "127.0.0.1"], ports).map { name, port in
                """
                server { listen 127.0.0.1:\(port) ssl; ssl_certificate \(name).chain; ssl_certificate_key \(name).key;
                    location / { return 200 "secure"; } }
                """
            }
            try folder.write(
                """
                daemon off; master_process off; pid nginx.pid; error_log stderr notice; events { }
                http { access_log off; client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t;
                    scgi_temp_path t; \(servers.joined(separator: "\n")) }
                """, to: "nginx.conf")
            return [program, "-p", folder.path, "-c", folder.file("nginx.conf").path, "-e", "stderr"]
        }
        func result(_ index: Int) async throws -> ProbeResult {
            await look(
                try makeProbe(
                    HTTPProbe.self,
                    [
                        "url": .string("https://127.0.0.1:\(nginx.ports[index])/"),
                        "caFile": .string(folder.file("root.pem").path),
                    ]))
        }
        let ending = try await result(0)
        #expect(ending.status == .degraded)
        #expect(ending.message == "the certificate /CN=ending of its chain expires in 2 days")
        let old = try await result(1)
        #expect(old.status == .unhealthy)
        #expect(old.message == "the intermediate certificate /CN=old has expired")
        // The authority expires before the server's certificate.
        let good = try await result(2)
        #expect(good.status == .healthy)
        #expect((59..<61).contains(good.check("certificate.days")?.value ?? 0))
        let nameless = try await result(3)
        #expect(nameless.status == .degraded)
        #expect(nameless.message == "the certificate has no subject alternative name, and browsers refuse it")
        let tcp = await look(
            try makeProbe(
                TCPProbe.self,
                [
                    "host": .string("127.0.0.1"), "port": .integer(Int64(nginx.ports[0])), "tls": .bool(true),
                    "caFile": .string(folder.file("root.pem").path),
                ]))
        #expect(tcp.message == "the certificate /CN=ending of its chain expires in 2 days")
    }
}

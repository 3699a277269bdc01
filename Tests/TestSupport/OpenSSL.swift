import Foundation

/// OpenSSL's command, which makes certificates for the tests' servers.
public enum OpenSSL {
    /// Its path; nil if it is not installed.
    public static let path = ["/usr/bin/openssl", "/usr/local/bin/openssl", "/opt/homebrew/bin/openssl"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Makes `certificate.pem` and its `key.pem` for a name such as `IP:127.0.0.1`.
    public static func certify(_ name: String, in folder: TemporaryDirectory) async throws {
        let (status, output) = try await ChildProcess.run(
            path ?? "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", "key.pem", "-out",
                "certificate.pem",
            ], in: folder.path)
        guard status == .exited(0) else { throw SystemFailure("openssl: \(output)", code: 0) }
    }
}

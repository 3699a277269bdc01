import Foundation

/// A TLS server from OpenSSL's command, with its own certificate.
final class TLSServer: Sendable {
    private static let command = ["/usr/bin/openssl", "/usr/local/bin/openssl", "/opt/homebrew/bin/openssl"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Whether OpenSSL's command is installed.
    static var isAvailable: Bool { command != nil }

    /// The certificate's PEM file, which a client must trust.
    let certificate: String
    let port: UInt16
    private let folder: URL
    private let process: Int32

    /// Makes a certificate for `name` (such as `IP:127.0.0.1`) and starts a server with it.
    static func start(certifying name: String) async throws -> TLSServer {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let certificate = folder.appendingPathComponent("certificate.pem").path
        let key = folder.appendingPathComponent("key.pem").path
        let made = Event()
        _ = try run(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(name)", "-keyout", key, "-out", certificate,
            ], ended: made)
        await made.wait()
        let (process, output) = try run(
            ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www"], ended: Event())
        guard let port = await port(from: output) else { throw POSIXError(.ECONNREFUSED) }
        return TLSServer(certificate: certificate, port: port, folder: folder, process: process)
    }

    private init(certificate: String, port: UInt16, folder: URL, process: Int32) {
        self.certificate = certificate
        self.port = port
        self.folder = folder
        self.process = process
    }

    deinit {
        // Not SIGTERM: the child inherits a concurrency thread's mask, which blocks it.
        kill(process, SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    /// The port in the line "ACCEPT 127.0.0.1:port", which the server prints once it listens.
    private static func port(from output: FileHandle) async -> UInt16? {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var text = ""
                var port: UInt16?
                while port == nil {
                    let data = output.availableData
                    if data.isEmpty { break }
                    text += String(decoding: data, as: UTF8.self)
                    port = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                        .first { $0.hasPrefix("ACCEPT") }
                        .flatMap { $0.split(separator: ":").last }
                        .flatMap { UInt16($0) }
                }
                continuation.resume(returning: port)
            }
        }
    }

    private static func run(_ arguments: [String], ended: Event) throws -> (process: Int32, output: FileHandle) {
        guard let command else { throw POSIXError(.ENOENT) }
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.terminationHandler = { _ in ended.fire() }
        try process.run()
        return (process.processIdentifier, output.fileHandleForReading)
    }
}

import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
/// Values that name something on this machine, which must exist when the monitor starts.
extension ConfigurationSection {
    func folder(_ key: String) -> String {
        let path = string(key)
        if !FileSystem.isFolder(path) { refuse(key, "\(path) is not a folder: create it, or give another path") }
        return path
    }

    /// A PEM file of certificate authorities.
    func certificateFile(_ key: String) -> String? {
        guard let path = optionalString(key) else { return nil }
        do throws(Errno) {
            let bytes = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK).readAll(limit: 16 << 20)
            if let fault = CertificateFile.fault(in: bytes) { refuse(key, "\(path) \(fault)") }
        } catch {
            refuse(key, "\(path) cannot be read: \(error.message)")
        }
        return path
    }

    /// An address to listen on: a number, a name, or `*`.
    func listeningHost(_ key: String) -> String {
        let host = string(key)
        if !host.isEmpty, host != "*", !Self.isListeningHost(host) {
            refuse(
                key,
                "\"\(host.prefix(60))\" is not an address of this machine: give an address such as 127.0.0.1 or ::1, or \"*\" for all"
            )
        }
        return host
    }

    private static func isListeningHost(_ host: String) -> Bool {
        // A link-local address names its interface after a %.
        let bare = String(host.prefix { $0 != "%" })
        if bare == host || bare.contains(":"), SocketAddress.network(numeric: bare) != nil { return true }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let areNames = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { ASCIIName.isPart($0) }
        }
        // A last label of digits only is a mistyped number.
        return areNames && host.utf8.count <= 253 && labels.last?.allSatisfy(\.isNumber) == false
    }

    /// An HTTP method.
    func method(_ key: String) -> String {
        let method = string(key, default: "GET")
        if !ASCIIName.isToken(method) || method == "CONNECT" {
            refuse(
                key, "\"\(method.prefix(40))\" is not a supported method: give GET, HEAD, POST or the like")
        }
        if method == "HEAD", has("body") { refuse("body", "a HEAD request cannot have one") }
        return method
    }

    /// A request's header fields: an object of names and values.
    func fields(_ key: String, reserved more: Set<String> = []) -> [(name: String, value: String)] {
        guard let part = section(key), case .object(let fields)? = value(key) else { return [] }
        let reserved = more.union(["content-length", "transfer-encoding", "expect"])
        var names: Set<String> = []
        return fields.keys.sorted().compactMap { name in
            let value = part.string(name)
            if !names.insert(name.lowercased()).inserted {
                part.refuse(name, "another name of this object is the same field: keep one of them")
            } else if !ASCIIName.isToken(name) || reserved.contains(name.lowercased()) {
                part.refuse(name, "it is not the name of a field, or the monitor sets this field itself")
            } else if value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
                part.refuse(name, "it holds a control character")
            } else {
                return (name, value)
            }
            return nil
        }
    }
}

/// Whether a PEM file contains a certificate. Pure.
enum CertificateFile {
    /// The error, in words that follow the file's name.
    static func fault(in bytes: [UInt8]) -> String? {
        if bytes.isEmpty { return "is empty: give a PEM file of certificates" }
        let lines = bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).map {
            String(decoding: $0, as: UTF8.self)
        }
        let begin = lines.firstIndex { $0.hasPrefix("-----BEGIN") && $0.hasSuffix("CERTIFICATE-----") }
        guard let begin, let end = lines[begin...].firstIndex(where: { $0.hasPrefix("-----END") }) else {
            return "has no certificate: give a PEM file, with -----BEGIN CERTIFICATE-----"
        }
        let text = lines[(begin + 1)..<end].joined().filter { !$0.isWhitespace }
        // A certificate is a DER sequence.
        guard let data = Data(base64Encoded: text), data.first == 0x30 else {
            return "has a damaged certificate: the text between its lines is not base64"
        }
        return nil
    }
}

enum ASCIIName {
    static func isPart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            || (byte < 0x80 && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber))
    }

    /// An HTTP token (RFC 9110, section 5.6.2).
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte > 0x20 && byte < 0x7F && !#"(),/:;<=>?@[\]{}""#.utf8.contains(byte)
            }
    }
}

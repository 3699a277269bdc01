/// Checks that the bytes of a text file are UTF-8, and finds where they are not. Pure.
enum JSON5Encoding {
    /// Throws the error; a UTF-8 byte order mark is allowed.
    static func check(_ bytes: [UInt8]) throws(JSON5Fault) {
        let marks: [(bytes: [UInt8], name: String)] = [
            ([0xFF, 0xFE, 0, 0], "UTF-32"), ([0, 0, 0xFE, 0xFF], "UTF-32"), ([0xFF, 0xFE], "UTF-16"),
            ([0xFE, 0xFF], "UTF-16"),
        ]
        if let mark = marks.first(where: { bytes.starts(with: $0.bytes) }) {
            throw JSON5Fault(place: nil, cause: "the file is \(mark.name), not UTF-8: save it as UTF-8")
        }
        // Even without a mark, UTF-16 text has a zero in every second byte.
        if bytes.count >= 4, [0, 1].contains(where: { bytes[$0] == 0 && bytes[$0 + 2] == 0 && bytes[1 - $0] != 0 }) {
            throw JSON5Fault(place: nil, cause: "the file looks like UTF-16, not UTF-8: save it as UTF-8")
        }
        // Fast, but without the place of the error.
        if String(validating: bytes, as: UTF8.self) != nil { return }
        var parser = Unicode.UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var (offset, line, column) = (0, 1, 1)
        while true {
            switch parser.parseScalar(from: &rest) {
            case .emptyInput: return
            case .valid(let scalar):
                offset += scalar.count
                if scalar.first == UInt8(ascii: "\n") { (line, column) = (line + 1, 1) } else { column += 1 }
            case .error:
                guard bytes.indices.contains(offset) else { return }
                let byte = String(bytes[offset], radix: 16, uppercase: true)
                throw JSON5Fault(
                    place: .init(line: line, column: column),
                    cause: "byte 0x\(byte) is not UTF-8: save the file as UTF-8")
            }
        }
    }
}

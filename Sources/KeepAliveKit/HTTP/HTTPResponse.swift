package import KeepAlivePlatform

/// Writes the head and body of one answer contiguously, so that one write sends both.
package struct HTTPResponse: Sendable {
    package var status: HTTPStatus
    package var contentType: StaticString = "application/json"
    /// Whole header lines, each with its CR LF.
    package var extraFields: [UInt8] = []
    package var keepsAlive: Bool
    /// HTTP/1.0 clients need an explicit notice that the connection stays open.
    package var minorVersion = 1
    /// An answer to HEAD: the length of the body, without the body.
    package var omitsBody = false

    /// An answer to a request, in the form that the request asks for.
    package init(_ status: HTTPStatus = .ok, to request: HTTPRequest) {
        self.init(
            status: status, keepsAlive: request.keepsAlive, minorVersion: request.minorVersion,
            omitsBody: request.method == .head)
    }

    package init(status: HTTPStatus, keepsAlive: Bool, minorVersion: Int = 1, omitsBody: Bool = false) {
        self.status = status
        self.keepsAlive = keepsAlive
        self.minorVersion = minorVersion
        self.omitsBody = omitsBody
    }

    package func append(body: [UInt8], at time: WallTime, stamp: inout Timestamper, to bytes: inout [UInt8]) {
        appendHead(length: body.count, at: time, stamp: &stamp, to: &bytes)
        if !omitsBody { bytes.append(contentsOf: body) }
    }

    /// The head of a streamed answer, which ends with the connection. The answer to HEAD has no parts, so that
    /// connection may continue.
    package func appendStreamHead(at time: WallTime, stamp: inout Timestamper, to bytes: inout [UInt8]) {
        appendHead(length: nil, at: time, stamp: &stamp, to: &bytes)
    }

    private func appendHead(length: Int?, at time: WallTime, stamp: inout Timestamper, to bytes: inout [UInt8]) {
        bytes.append("HTTP/1.1 ")
        bytes.append(status.phrase)
        bytes.append("\r\nContent-Type: ")
        bytes.append(contentType)
        bytes.append("\r\nCache-Control: no-store\r\nDate: ")
        stamp.appendHTTPDate(time, to: &bytes)
        if let length {
            bytes.append("\r\nContent-Length: ")
            bytes.appendDecimal(UInt64(length))
        }
        if !keepsAlive {
            bytes.append("\r\nConnection: close\r\n")
        } else if minorVersion == 0 {
            bytes.append("\r\nConnection: keep-alive\r\n")
        } else {
            bytes.append("\r\n")
        }
        if !extraFields.isEmpty { bytes.append(contentsOf: extraFields) }
        bytes.append("\r\n")
    }
}

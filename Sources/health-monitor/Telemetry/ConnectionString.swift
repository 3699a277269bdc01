import KeepAliveCurl

/// The endpoint and key of Application Insights: `APPLICATIONINSIGHTS_CONNECTION_STRING`, as the portal shows it
/// (https://learn.microsoft.com/azure/azure-monitor/app/connection-strings). Pure.
struct ConnectionString: Sendable, Equatable {
    /// The error of a connection string. It quotes nothing of it, because its key is a secret.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    let instrumentationKey: String
    /// Without a trailing slash.
    let ingestionEndpoint: String

    /// The address to post to.
    var trackURL: String { "\(ingestionEndpoint)/v2.1/track" }

    private static let standardEndpoint = "https://dc.services.visualstudio.com"

    init(_ text: String) throws(Failure) {
        var values: [String: String] = [:]
        for pair in text.split(separator: ";", omittingEmptySubsequences: true) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { String(Self.trimmed($0)) }
            guard parts.count == 2, !parts[0].isEmpty else {
                throw Failure(description: "it has to be Name=value;Name=value, with InstrumentationKey among them")
            }
            guard values.updateValue(parts[1], forKey: parts[0].lowercased()) == nil else {
                throw Failure(description: "one of its names stands twice")
            }
        }
        if let authorization = values["authorization"], authorization.lowercased() != "ikey" {
            throw Failure(description: "its Authorization is not ikey, the only supported value")
        }
        guard let key = values["instrumentationkey"], Self.isKey(key) else {
            throw Failure(
                description:
                    "its InstrumentationKey is missing, or is not of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
        }
        instrumentationKey = key
        var endpoint = Self.standardEndpoint
        if let given = values["ingestionendpoint"], !given.isEmpty {
            endpoint = given
        } else if let suffix = values["endpointsuffix"], !suffix.isEmpty {
            let location = values["location"].flatMap { $0.isEmpty ? nil : "\($0)." } ?? ""
            endpoint = "https://\(location)dc.\(suffix)"
        }
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        guard (try? Endpoint(url: endpoint)) != nil, !endpoint.contains(where: { "?#@ ".contains($0) }) else {
            throw Failure(
                description: "its IngestionEndpoint (or EndpointSuffix) is no address such as "
                    + "https://westeurope-5.in.applicationinsights.azure.com/")
        }
        ingestionEndpoint = endpoint
    }

    /// Hexadecimal digits in groups of 8, 4, 4, 4 and 12.
    private static func isKey(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isHexDigit } }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}

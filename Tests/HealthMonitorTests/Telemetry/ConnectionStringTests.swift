import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

struct ConnectionStringTests {
    static let key = "00112233-4455-6677-8899-aabbccddeeff"

    @Test(arguments: [
        ("InstrumentationKey=\(key)", "https://dc.services.visualstudio.com/v2.1/track"),
        (
            "InstrumentationKey=\(key);IngestionEndpoint=https://westeurope-5.in.applicationinsights.azure.com/;"
                + "LiveEndpoint=https://westeurope.livediagnostics.monitor.azure.com/;ApplicationId=x",
            "https://westeurope-5.in.applicationinsights.azure.com/v2.1/track"
        ),
        (
            " instrumentationkey = \(key.uppercased()) ; EndpointSuffix=ai.contoso.com;",
            "https://dc.ai.contoso.com/v2.1/track"
        ),
        (
            "Authorization=ikey;InstrumentationKey=\(key);EndpointSuffix=ai.contoso.com;Location=west",
            "https://west.dc.ai.contoso.com/v2.1/track"
        ),
        ("InstrumentationKey=\(key);IngestionEndpoint=http://127.0.0.1:8080", "http://127.0.0.1:8080/v2.1/track"),
        (
            "InstrumentationKey=\(key);IngestionEndpoint=;EndpointSuffix=;Location=west",
            "https://dc.services.visualstudio.com/v2.1/track"
        ),
        ("InstrumentationKey=\(key);EndpointSuffix=ai.contoso.com;Location=", "https://dc.ai.contoso.com/v2.1/track"),
        (
            "InstrumentationKey=\(key);EndpointSuffix=ai.contoso.com;IngestionEndpoint=https://relay.example//",
            "https://relay.example/v2.1/track"
        ),
    ])
    func good(text: String, url: String) throws {
        let connection = try ConnectionString(text)
        #expect(connection.trackURL == url)
        #expect(connection.instrumentationKey.lowercased() == Self.key)
    }

    @Test(arguments: [
        "", "secret", "\(key)", "InstrumentationKey=", "InstrumentationKey=secret", "InstrumentationKey=\(key)0",
        "InstrumentationKey=\(key);InstrumentationKey=\(key)", "IngestionEndpoint=https://secret",
        "InstrumentationKey=\(key);IngestionEndpoint=secret endpoint", "InstrumentationKey=\(key);=secret",
        "InstrumentationKey=\(key);IngestionEndpoint=ftp://secret", "InstrumentationKey=\(key);Authorization=secret",
        "InstrumentationKey=\(key);IngestionEndpoint=https://a:secret@b", "InstrumentationKey=\(key.dropLast())ü",
        "InstrumentationKey=\(key.dropLast())g", "InstrumentationKey=\(key);IngestionEndpoint=https://secret?a",
        "InstrumentationKey=\(key);IngestionEndpoint=https://secret#a",
    ])
    func badOnesAreRefusedWithoutWhatStandsInThem(text: String) throws {
        let failure = try #require(throws: ConnectionString.Failure.self) { try ConnectionString(text) }
        #expect(!failure.description.contains("secret"))
        #expect(!failure.description.contains("00112233"))
        guard !text.isEmpty else { return }
        let settings = Settings(environment: ["APPLICATIONINSIGHTS_CONNECTION_STRING": text])
        let wrong = try #require(throws: ConfigurationFailure.self) {
            try ConfigurationSource.load(Options(["--database", "x"]), settings)
        }
        let finding = try #require(wrong.findings.first { $0.contains("APPLICATIONINSIGHTS_CONNECTION_STRING") })
        #expect(!finding.contains("secret"))
        #expect(!finding.contains("00112233"))
    }

    @Test func theKeyIsHiddenFromAllOutput() throws {
        let settings = Settings(environment: [
            "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=\(Self.key)", "PORT": "1",
        ])
        let configuration = try ConfigurationSource.load(Options([]), settings)
        #expect(configuration.insights?.instrumentationKey == Self.key)
        #expect(configuration.secrets.contains(Self.key))
    }
}

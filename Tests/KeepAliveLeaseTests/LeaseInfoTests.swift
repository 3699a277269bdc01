import KeepAliveKit
import Testing

@testable import KeepAliveLease

/// What a leader leaves in the row.
@Suite struct LeaseInfoTests {
    @Test(arguments: ["", "[]", "{", #"{"restart":7}"#, #"{"restart":{"failures":-1}}"#, #"{"x":1}"#])
    func `an info of another edition reads as empty`(_ json: String) {
        #expect(LeaseInfo(json: json).record?.failures ?? 0 == 0)
    }

    @Test(arguments: [#"{"restart":7}"#, #"{"offer":true"#, #"{"restart":{"failures":1}"#])
    func `a text that is no whole object is no record and no offer`(_ json: String) {
        #expect(LeaseInfo(json: json) == LeaseInfo())
    }

    @Test func `a count that is no number reads as none`() {
        let info = LeaseInfo(json: #"{"restart":{"consecutive":-1,"failures":-1}}"#)
        #expect(info == LeaseInfo(record: .init(consecutive: 0, failures: 0)))
    }

    @Test func `an info is read as it was written, and as PostgreSQL writes it`() {
        let info = LeaseInfo(record: .init(consecutive: 2, failures: 1), isOffered: true)
        #expect(LeaseInfo(json: info.json) == info)
        #expect(
            LeaseInfo(json: #"{"offer": true, "restart": {"failures": 1, "consecutive": 2, "more": [1]}}"#) == info)
    }

    /// Other editions read it.
    @Test(
        arguments: [
            (LeaseInfo(), "{}"), (LeaseInfo(isOffered: true), #"{"offer":true}"#),
            (
                LeaseInfo(record: .init(consecutive: 2, failures: 1)),
                #"{"restart":{"consecutive":2,"failures":1}}"#
            ),
            (
                LeaseInfo(record: .init(consecutive: 0, failures: 3), isOffered: true),
                #"{"restart":{"consecutive":0,"failures":3},"offer":true}"#
            ),
        ])
    func `an info has the members that are set`(_ info: LeaseInfo, _ json: String) {
        #expect(info.json == json)
    }
}

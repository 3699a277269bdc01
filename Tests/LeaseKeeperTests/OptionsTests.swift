import Testing

@testable import KeepAliveLeaseKeeper

struct OptionsTests {
    @Test func helpAndVersionAreFlags() throws {
        #expect(try Options(["--help"]).showsHelp)
        #expect(try Options(["-V"]).showsVersion)
        #expect(try Options(["--check"]).checksAddress)
        #expect(try !Options([]).checksAddress)
        #expect(throws: (any Error).self) { try Options(["--helpp"]) }
        #expect(throws: (any Error).self) { try Options(["--version=1"]) }
    }
}

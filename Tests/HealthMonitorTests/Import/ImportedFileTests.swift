import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// The parts of an imported file, one at a time.
struct ImportedFileTests {
    @Test func aNumberOutsideOurRangeBecomesTheNearest() {
        var file = ImportedFile(targetTypes: [])
        let found = [1, 0.5, 2.5, 2, 3].map { file.bounded($0, 1...2.5, of: "a", "timeout") }
        #expect(found == [1, 1, 2.5, 2, 2.5])
        #expect(
            file.losses == [
                "a: its timeout of 0.5: 1 is the nearest that is there",
                "a: its timeout of 3: 2.5 is the nearest that is there",
            ])
    }

    @Test func aTextThatIsTooLongIsCut() {
        var file = ImportedFile(targetTypes: [])
        #expect(file.shortened("abc", to: 3, of: "a") == "abc")
        #expect(file.losses == [])
        #expect(file.shortened("abcd", to: 3, of: "a") == "abc")
        #expect(file.losses == ["a: 4 characters are too long, so it ends after 3"])
    }

    /// A variable for each secret, one for equal ones.
    @Test func secretsHaveNames() {
        var file = ImportedFile(targetTypes: [])
        let variables = [
            file.secret("x", for: "My shop", "token"), file.secret("x", for: "my", "shop token"),
            file.secret("y", for: "My shop", "token"), file.secret("z", for: "My shop", "token"),
            file.secret("y", for: "My shop", "token"), file.secret("x", for: "1a"),
        ]
        #expect(
            variables == [
                "$MY_SHOP_TOKEN", "$MY_SHOP_TOKEN", "$MY_SHOP_TOKEN_2", "$MY_SHOP_TOKEN_3", "$MY_SHOP_TOKEN_2",
                "$SECRET_1A",
            ])
        let kept = file.secrets.map { "\($0.name)=\($0.value)" }
        #expect(kept == ["MY_SHOP_TOKEN=x", "MY_SHOP_TOKEN_2=y", "MY_SHOP_TOKEN_3=z", "SECRET_1A=x"])
    }

    @Test(
        arguments: [
            ("X-Api-Key", true), ("Authorization", true), ("sig", true), ("DSN", true), ("passwd", true),
            ("page", false), ("Accept", false), ("codec", false),
        ])
    func namesOfSecrets(name: String, isSecret: Bool) {
        #expect(ImportedFile.isSecret(name) == isSecret)
    }

    @Test(
        arguments: [
            ("https://u:p@a.example/", true), ("u:p@a.example", true), ("https://a.example/@me", false),
            ("https://a.example/?mail=a@b", false), ("https://a.example/?token=x", true),
            ("https://a.example/?a=1&sig=2", true), ("https://a.example/?token=", false),
            ("https://u:p\u{600}@a.example/", true), ("https://a.example/?\u{301}a=1&token=\u{301}x", true),
            ("https://a.example/?token", false), ("https://a.example/?page=2#token=x", false),
        ])
    func addressesWithSecrets(url: String, holdsSecret: Bool) {
        #expect(ImportedFile.holdsSecret(url) == holdsSecret)
    }

    /// A public page would show the variable's value.
    @Test func noMarkMakesAVariableOfAName() throws {
        var file = ImportedFile(targetTypes: [])
        let names = ["a\u{600}$TOKEN", "$\u{FE0F}TOKEN", "$$\u{301}{A}"]
        for name in names {
            #expect(VariableText.names(in: ImportedFile.literal(name)).isEmpty)
            #expect(VariableText.plain(VariableText.literal(name)) == name)
            let unique = file.uniqueName(name, group: nil)
            #expect(unique == VariableText.literal(name))
            file.targets.append([(key: "name", value: .string(unique))])
            let second = file.uniqueName(name, group: name)
            #expect(try VariableText(second).names.isEmpty)
        }
    }

    @Test func eachTargetHasItsOwnName() {
        var file = ImportedFile(targetTypes: [])
        #expect(file.uniqueName("a", group: nil) == "a")
        file.targets = [[(key: "name", value: "a")]]
        #expect(file.uniqueName("b", group: nil) == "b")
        #expect(file.losses == [])
        #expect(file.uniqueName("a", group: nil) == "a (2)")
        #expect(file.uniqueName("a", group: "web") == "web / a")
        #expect(
            file.losses == [
                "the name \"a\": another target has it, so this one is \"a (2)\"",
                "the name \"a\": another target has it, so this one is \"web / a\"",
            ])
        for name in ["web / a", "a (2)"] { file.targets.append([(key: "name", value: .string(name))]) }
        #expect(file.uniqueName("a", group: "web") == "a (3)")
    }
}

import KeepAliveToolSupport
import Testing

struct ShellWordTests {
    @Test(arguments: [
        ("/srv/x.json5", "/srv/x.json5"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("$HOME", "'$HOME'"),
        ("ä", "'ä'"), ("a'\u{301}b", "'a'\\''\u{301}b'"),
    ])
    func words(word: String, quoted: String) {
        #expect(ShellWord.quoted(word) == quoted)
    }
}

extension String {
    /// The text in one line: it must not change the layout around it.
    var singleLine: String {
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
            // These characters reverse the direction of the text after them, which can mislead a reader.
            case .format where (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value):
                continue
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}

extension String {
    /// The text with some of its scalars replaced; nil keeps a scalar.
    ///
    /// For escapes: a sign beside a combining mark is no Character of its own, but whoever reads the text sees the sign.
    package func replacingScalars(_ replacement: (Unicode.Scalar) -> String?) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if let text = replacement(scalar) {
                scalars.append(contentsOf: text.unicodeScalars)
            } else {
                scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}

import Foundation

/// A page in Chromium, with its own cookies, storage and cache. Use it from one thread.
public final class Browser {
    /// A command that the browser refused, or the end of the browser.
    public struct Failure: Error, CustomStringConvertible {
        /// The error.
        public let description: String
    }

    /// Whether Chromium is installed.
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: Chromium.path) }

    private let chromium: Chromium
    private let context: String
    private let session: String
    private var isClosed = false
    /// The page's errors, warnings, and violations of its policy.
    public private(set) var complaints: [String] = []

    /// Opens an empty page.
    public init(width: Int, height: Int, isDark: Bool) throws {
        chromium = try Chromium.take()
        do {
            context = try chromium.call("Target.createBrowserContext", "{}")["browserContextId"]?.string ?? ""
            let target = try chromium.call(
                "Target.createTarget", #"{"url":"about:blank","browserContextId":"\#(context)"}"#)
            session =
                try chromium.call(
                    "Target.attachToTarget", #"{"targetId":"\#(target["targetId"]?.string ?? "")","flatten":true}"#)[
                    "sessionId"]?.string ?? ""
        } catch {
            chromium.close()
            throw error
        }
        try call(
            "Emulation.setDeviceMetricsOverride",
            #"{"width":\#(width),"height":\#(height),"deviceScaleFactor":1,"mobile":false}"#)
        try call(
            "Emulation.setEmulatedMedia",
            #"{"features":[{"name":"prefers-color-scheme","value":"\#(isDark ? "dark" : "light")"}]}"#)
        for domain in ["Page", "Runtime", "Log"] { try call("\(domain).enable", "{}") }
    }

    deinit { close() }

    /// Opens a page and waits until it is loaded.
    public func open(_ url: String) throws {
        try call("Page.navigate", #"{"url":"\#(url)"}"#)
        try waitForLoad()
    }

    /// Waits until a page is loaded, after a navigation of its own.
    public func waitForLoad() throws {
        let end = ContinuousClock.now + Chromium.patience
        while true {
            let message = try chromium.next(until: end)
            guard message["sessionId"]?.string == session else { continue }
            note(message)
            if message["method"] == "Page.loadEventFired" { return }
        }
    }

    /// Waits for an expression's value that is not null.
    public func value(of expression: String) throws -> JSON {
        let waiting = """
            new Promise(done => { const look = () => { const value = (() => \(expression))(); \
            if (value == null) setTimeout(look, 20); else done(value) }; look() })
            """
        let text = String(decoding: JSON.string(waiting).encoded, as: UTF8.self)
        let answer = try call(
            "Runtime.evaluate", #"{"expression":\#(text),"awaitPromise":true,"returnByValue":true}"#)
        guard answer["exceptionDetails"] == nil, let value = answer["result"]?["value"] else {
            throw Failure(description: "\(expression): \(answer)")
        }
        return value
    }

    /// Presses and releases a key.
    public func press(_ key: String, _ code: Int) throws {
        for kind in ["rawKeyDown", "keyUp"] {
            try call(
                "Input.dispatchKeyEvent",
                #"{"type":"\#(kind)","key":"\#(key)","code":"\#(key)","windowsVirtualKeyCode":\#(code)}"#)
        }
    }

    /// Closes the page and discards its data.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        do {
            _ = try chromium.call("Target.disposeBrowserContext", #"{"browserContextId":"\#(context)"}"#)
            chromium.giveBack()
        } catch {
            // No other test can use it.
            chromium.close()
        }
    }

    /// Sends a command of the DevTools protocol with JSON parameters, and returns the answer.
    @discardableResult
    public func call(_ method: String, _ parameters: String) throws -> JSON {
        try chromium.call(method, parameters, session: session) { note($0) }
    }

    private func note(_ message: JSON) {
        switch message["method"]?.string {
        case "Runtime.exceptionThrown", "Runtime.consoleAPICalled": complaints.append("\(message)")
        case "Log.entryAdded" where ["error", "warning"].contains(message["params"]?["entry"]?["level"]?.string ?? ""):
            complaints.append("\(message)")
        default: break
        }
    }
}

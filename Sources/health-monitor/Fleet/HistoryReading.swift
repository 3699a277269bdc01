/// Reads the history. Each call reads the database on the calling thread, in under 50 ms with millions of rows.
protocol HistoryReading {
    /// The newest checks first; nil means every service.
    func checks(service: String?, hours: Int, limit: Int) throws -> [CheckRow]
    /// The newest alerts first; nil means every status or every service.
    func alerts(status: AlertRow.Status?, service: String?, limit: Int) throws -> [AlertRow]
    /// The alert with a row number; nil if there is none.
    func alert(id: Int64) throws -> AlertRow?
    func uptime(service: String, hours: Int) throws -> Uptime
    /// The uptimes of several services; services without checks are absent.
    func uptimes(of services: [String], hours: Int) throws -> [String: Uptime]
    /// Each day from `day` on (days since 1970, UTC) that has checks.
    func dailyUptime(service: String, from day: Int64) throws -> [DayUptime]
    /// Each hour from `hour` on (hours since 1970) that has response times.
    func hourlyResponses(service: String, from hour: Int64) throws -> [ResponsePoint]
    /// The oldest check since a time (seconds since 1970), and the number of checks.
    func checkCount(service: String, from second: Int64) throws -> (oldest: Int64?, count: Int)
    /// The response times of the checks since a time, combined per `step` seconds.
    func responses(service: String, from second: Int64, step: Int64) throws -> [ResponsePoint]
    /// One check from each of the last `most` periods, the oldest first; unreadable checks are absent.
    func samples(of service: String, every width: Int64, most: Int) throws -> [CheckSample]
    /// The last calls of the push services.
    func pushes() throws -> [String: PushRecord]
    /// The steps of each alert by its row number, the oldest first.
    func steps(of alerts: [AlertRow]) throws -> [Int64: [AlertStep]]
    /// Ends the use of the store; later reads throw.
    func close()
}

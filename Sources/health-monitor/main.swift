print("health-monitor")

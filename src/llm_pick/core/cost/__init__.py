"""What serving costs: traffic, queueing, own replicas, API bills, and where one becomes cheaper than the other."""

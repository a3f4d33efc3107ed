"""The government: politics, elections, rules, rescues and the Treasury."""

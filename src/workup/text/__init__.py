"""Free text to findings: what a note says, where it says so, and about whom."""

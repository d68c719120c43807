"""Measuring what a reasoner returned: functions of ranks and probabilities, every figure with an interval."""

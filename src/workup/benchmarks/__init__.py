"""Benchmarks: one file per data set family."""

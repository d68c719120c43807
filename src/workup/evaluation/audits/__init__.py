"""Audits: what a right answer may hide."""

"""Language models behind one call."""

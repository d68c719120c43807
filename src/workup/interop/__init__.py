"""Other people's frameworks: their files written and their plug-in points served, none of them a dependency."""

"""Posts' media fetched again: from a folder of this machine, or over HTTP."""

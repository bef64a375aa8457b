"""Everything that lives outside this process, opened as the settings say."""

"""Collections in a folder of this machine, by Qdrant's engine in the process."""

"""The command linli as a process of its own: started, killed, started again."""

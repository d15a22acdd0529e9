"""The command line: each command is one short function that calls one function of the same name or meaning."""

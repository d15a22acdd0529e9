"""Data sets, each a Task."""

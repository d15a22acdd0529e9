"""Generators, each a Generator."""

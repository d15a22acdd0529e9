"""Filters: which samples of a pool are trained on. Each is one short file with one class."""

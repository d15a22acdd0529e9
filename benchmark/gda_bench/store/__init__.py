"""Finished work by content key, on any shared file system."""

from gda_bench.store.store import POLICIES, Policy, Record, Store

__all__ = ["POLICIES", "Policy", "Record", "Store"]

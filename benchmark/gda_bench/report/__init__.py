"""The report document and its renderings; reads no data and runs no model."""

from gda_bench.report.document import dumps, load, loads, schema
from gda_bench.report.model import Report

__all__ = ["Report", "dumps", "load", "loads", "schema"]

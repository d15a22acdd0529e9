"""The figures of a report, drawn to static SVG; imported only where figures are drawn."""

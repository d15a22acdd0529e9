"""The charts of the site, drawn to static SVG with the pieces of the report's."""

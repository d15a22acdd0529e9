"""The static site: pages from the accepted reports, which run no model and ask for nothing from elsewhere."""

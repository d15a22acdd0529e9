"""The study: what is to run, running it, and putting its report together."""

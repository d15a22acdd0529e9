"""Profiles as YAML data: quick, standard, paper."""

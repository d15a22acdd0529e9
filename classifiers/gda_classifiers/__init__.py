"""Classifiers, each a Classifier."""

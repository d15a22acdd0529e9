"""Estimators: what synthetic images are worth in real ones. numpy and scipy only; knows no models and no files."""

"""What goes with every result: is the generator copying, can its images be told from real ones, what does it miss?

Pure functions of images, features and probabilities; each file is one idea and names its source.
"""

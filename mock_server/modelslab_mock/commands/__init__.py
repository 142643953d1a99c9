"""The commands of `modelslab-mock`: the options of each, and what carries it out."""

"""How the sample files are drawn and written; run by make_samples.py."""

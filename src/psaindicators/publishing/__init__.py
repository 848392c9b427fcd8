"""What is published: the folder of an outturn, put in place at once."""

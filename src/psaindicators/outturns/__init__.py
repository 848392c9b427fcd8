"""The batch job: one configuration, run and written."""

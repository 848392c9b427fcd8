"""What makes a variance: linearised, replicate or calibrated weights, and a survey opened with its own."""

"""Layer 5: what an estimate means: movements, the index, targets and scores, assessment, planning."""

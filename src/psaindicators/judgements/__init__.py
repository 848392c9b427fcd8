"""Layer 7: what an estimate means: movements, the index, targets and scores, assessment, planning."""

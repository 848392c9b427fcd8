"""What a figure means: movements, the index, targets and scores, reward, assessment, planning."""

"""BS-RoFormer and Mel-Band-RoFormer, the separators of step 3 with published weights."""

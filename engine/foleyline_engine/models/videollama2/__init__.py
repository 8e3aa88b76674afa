"""VideoLLaMA2.1-7B-AV (Cheng et al., 2024) with DeepSound-V1's chain of thought: plans, judges and hears silence."""

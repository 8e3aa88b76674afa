"""Synchformer's picture encoder (Iashin et al., 2024): what moves when, for generators and measures of sync."""

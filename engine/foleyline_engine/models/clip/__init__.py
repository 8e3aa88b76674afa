"""CLIP ViT-H/14 (DFN5B, Fang et al., 2023): what a picture shows and what a text says, for several generators."""

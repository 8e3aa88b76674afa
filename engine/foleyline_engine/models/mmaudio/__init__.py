"""MMAudio: sound from pictures and words by flow matching (Cheng et al., 2025), for its five published models."""

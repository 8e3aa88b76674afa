"""An open audio-visual language model as a judge, through stock transformers classes: Qwen2.5-Omni's Thinker."""

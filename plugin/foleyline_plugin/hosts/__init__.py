"""Where timelines come from and go to: files now, editors through their bridges."""

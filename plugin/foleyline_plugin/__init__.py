"""The panel and the headless command: timelines, the queue and the editor's words. No torch here."""

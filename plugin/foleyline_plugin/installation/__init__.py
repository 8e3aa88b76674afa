"""The bridges into the folders of the editing programs, and out of them again. Only files of our own are touched."""

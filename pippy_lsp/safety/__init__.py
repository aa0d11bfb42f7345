"""What a child is never told, and what is heard in a child's words: the one gate of all answers."""

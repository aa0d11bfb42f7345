"""Explanations: facts (jedi, ast, syntax errors) into words a child knows."""

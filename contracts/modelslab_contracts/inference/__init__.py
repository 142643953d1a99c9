"""Foreign documents as endpoints: which calls make jobs, which fetch them, what fills their answers, and what was guessed."""

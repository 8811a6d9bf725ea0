"""Licence terms as rules: a profile goes in, findings with clauses and one verdict come out."""

"""Measures of llm-pick against figures other people published: accuracy, licences, start-up."""

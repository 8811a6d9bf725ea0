"""Small real files and servers that tests make."""

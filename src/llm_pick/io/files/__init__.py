"""Model files as they lie on a disk or a server: only headers are read, whatever a file claims."""

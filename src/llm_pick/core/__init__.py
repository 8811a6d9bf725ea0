"""The pure core: facts in, recommendations out; standard library only, no file, clock or network."""

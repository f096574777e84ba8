"""The page of `depgen docs`: the lineage of graphs as a picture that people look at, in one file without a network."""

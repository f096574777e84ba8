"""The page of `depgen docs` in Chromium: what is clicked and typed, what is seen, and what must not happen."""

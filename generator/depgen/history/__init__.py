"""What graphs did, kept in a relational database beyond the life of ledgers and Workflows."""

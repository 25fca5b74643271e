//! What is kept comes back whole or not at all.

//! What is written for findings: heads, places, and what a shell would run.

//! The organization's memory: what each resource looked like and how each control stood, on any night that is kept.

mod merge;

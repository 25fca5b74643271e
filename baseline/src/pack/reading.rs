//! How files of YAML are read here, for others that read files of their own with the same words for the same mistakes:
//! every value knows its line and column, and what is misspelt is told with what was meant. Must not know any file.

pub use super::problem::{Level, Problem, Report};
pub use super::section::{Section, choice, texts, words};
pub use super::setting::is_date;
pub use super::spelling::mend;
pub use super::yaml::{Name, Node, Position, SyntaxError, Value, parse};
